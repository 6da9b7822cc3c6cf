/** Prints how many tests of a vitest JSON report passed and failed; exits with 1 where any failed or none ran. */

import { readFileSync } from 'node:fs'
import { argv, exit } from 'node:process'
import { closingLine, countTests } from './test-count.ts'

const report = readFileSync(argv[2] ?? '', 'utf8')
// vitest writes its report at the end: an empty one means that it never got there.
const count = report === '' ? { passed: 0, failed: 0, skipped: 0 } : countTests(report)
console.log(`\n${closingLine(count)}`)
exit(count.failed > 0 || count.passed === 0 ? 1 : 0)
