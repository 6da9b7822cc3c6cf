/** `schema`: prints the JSON Schema of the lines of `--output json`, or of plan files. */

import { jsonSchema } from '../../report/json-schema.ts'
import { planFileJsonSchema } from '../../report/plan-file-schema.ts'
import { write } from '../terminal.ts'

/** Prints the schema of JSON lines, or of plan files. */
export function writeSchema(of: 'output' | 'plan'): void {
  write(`${JSON.stringify(of === 'plan' ? planFileJsonSchema() : jsonSchema(), null, 2)}\n`)
}
