/** Brings a lab up in a process of its own, for tests that kill it. Argument: the lab as JSON. */

import { labUp } from '../../src/lab/index.ts'

console.log('"begin"')
await labUp(JSON.parse(process.argv[2] ?? ''), (event) => console.log(JSON.stringify(event)))
