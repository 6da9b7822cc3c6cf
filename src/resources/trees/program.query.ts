/** Asks which programs the host has; the shell looks, no process is started. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'

const programQuery: QueryKind<string, boolean> = {
  name: 'program',
  key: (name) => name,
  script: (names) => `for program in ${names.map(quote).join(' ')}; do
  if command -v "$program" >/dev/null 2>&1; then printf y; else printf n; fi
done`,
  parse: (output, names) => {
    const letters = output.stdout.toString()
    if (letters.length !== names.length) throw unexpectedAnswer('its programs', output)
    return [...letters].map((letter) => letter === 'y')
  },
}

/** Whether the user of the task finds a program of this name. */
export const program = defineQuery(programQuery)
