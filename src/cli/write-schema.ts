/** `schema`: prints the JSON Schema of the lines of `--output json`. */

import { jsonSchema } from '../report/json-schema.ts'
import { write } from './terminal.ts'

/** See the file's first line. */
export function writeSchema(): void {
  write(`${JSON.stringify(jsonSchema(), null, 2)}\n`)
}
