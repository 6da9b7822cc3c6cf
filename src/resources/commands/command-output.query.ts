/** Runs commands that only read, and keeps what they print. */

import { defineQuery } from '../../plan/query.ts'
import { type Guard, type NoAnswer, readingCommands } from './guard.query.ts'

/** How such a command ended; `output` is both streams in one. */
export type OutputAnswer = { readonly kind: 'ended'; readonly status: number; readonly output: string } | NoAnswer

// In base64, which has no line ends; the status comes after the last NUL.
export const commandOutputQuery = readingCommands({
  name: 'command-output',
  print: (shell) => `{ ${shell} 2>&1; printf '\\0%s' "$?"; } | base64 -w 0; echo`,
  read: (line) => ended(Buffer.from(line, 'base64').toString()),
})

/** What a command prints and how it ends. */
export const commandOutput = defineQuery<Guard, OutputAnswer>(commandOutputQuery)

function ended(text: string) {
  const end = text.lastIndexOf('\0')
  return { kind: 'ended' as const, status: Number(text.slice(end + 1)), output: text.slice(0, end) }
}
