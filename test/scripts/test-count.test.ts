/** Tests of the count that CI closes with. */

import { describe, expect, it } from 'vitest'
import { closingLine, countTests } from '../../scripts/test-count.ts'

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
})
const report = (...testResults: object[]) => JSON.stringify({ testResults })

describe('countTests', () => {
  it('adds up the tests of all files', () => {
    const text = report(file('passed', 'passed', 'passed'), file('failed', 'passed', 'failed'))
    expect(countTests(text)).toEqual({ passed: 3, failed: 1, skipped: 0 })
  })

  it('counts a file that could not be loaded as a failure', () => {
    expect(countTests(report(file('failed')))).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  it('counts a failed hook as a failure, and the tests it kept from running as skipped', () => {
    expect(countTests(report(file('failed', 'skipped', 'todo')))).toEqual({ passed: 0, failed: 1, skipped: 2 })
  })
})

describe('closingLine', () => {
  it('is plain where nothing was skipped', () => {
    expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed')
  })

  it('owns up to what was skipped', () => {
    expect(closingLine({ passed: 12, failed: 1, skipped: 2 })).toBe('12 passed, 1 failed, 2 skipped')
  })
})
