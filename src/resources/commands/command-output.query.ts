/** Runs commands that only read: each in a shell of its own, all of them in one process with one time limit. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { exports, type Guard } from './guard.query.ts'

/** How such a command ended; `output` is both streams in one. */
export type OutputAnswer =
  | { readonly kind: 'ended'; readonly status: number; readonly output: string }
  /** The folder it is to run in is not there. */
  | { readonly kind: 'no-folder' }
  /** It did not end in time. */
  | { readonly kind: 'hung' }
  /** Its turn did not come, because one before it hung. */
  | { readonly kind: 'not-reached' }

/** As for guards: half a minute for one that hangs, and a second for each. */
const patienceSeconds = 30

export const commandOutputQuery: QueryKind<Guard, OutputAnswer> = {
  name: 'command-output',
  key: ({ script, cwd, environment }) => JSON.stringify([script, cwd, Object.entries(environment).sort()]),
  // By a pipe, because a single argument may hold no more than 128 KiB.
  script: (commands) =>
    `printf %s ${quote(`${commands.map(evaluate).join('\n')}\n`)} | timeout -k 2 ${patienceSeconds + commands.length} sh`,
  parse: ({ stdout }, commands) => {
    const lines = stdout.toString().split('\n').slice(0, -1)
    return commands.map((_command, index): OutputAnswer => {
      const line = lines[index]
      if (line === undefined) return { kind: index === lines.length ? 'hung' : 'not-reached' }
      return line === 'no-folder' ? { kind: line } : ended(Buffer.from(line, 'base64').toString())
    })
  },
}

/** What a command prints and how it ends. An error of syntax is its own alone. */
export const commandOutput = defineQuery(commandOutputQuery)

// In base64, which has no line ends; the status comes after the last NUL.
function evaluate({ script, cwd, environment }: Guard): string {
  return `if cd -- ${quote(cwd)} 2>/dev/null; then { ( ${exports(environment)}eval ${quote(script)} ) </dev/null 2>&1; printf '\\0%s' "$?"; } | base64 -w 0; echo; else echo no-folder; fi`
}

function ended(text: string): OutputAnswer {
  const end = text.lastIndexOf('\0')
  return { kind: 'ended', status: Number(text.slice(end + 1)), output: text.slice(0, end) }
}
