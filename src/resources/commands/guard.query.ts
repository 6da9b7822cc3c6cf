/** Runs guards: each in a shell of its own, all of them in one process with one time limit. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** A command whose exit status is the answer. */
export interface Guard {
  readonly script: string
  /** Where it runs. */
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
}

/** Why a command gave no answer. */
export type NoAnswer =
  /** The folder it is to run in is not there. */
  | { readonly kind: 'no-folder' }
  /** It did not end in time. */
  | { readonly kind: 'hung' }
  /** Its turn did not come, because one before it hung. */
  | { readonly kind: 'not-reached' }

/** How a guard ended. */
export type GuardAnswer = { readonly kind: 'status'; readonly status: number } | NoAnswer

/** Such commands answer at once or not at all: half a minute for one that hangs, and a second for each. */
const patienceSeconds = 30

/**
 * A kind of query for commands that only read. Each runs in a shell of its own; all share one process and one time limit. An
 * error of syntax is its own alone. `print` runs such a shell and prints one line, which `read` understands.
 */
export function readingCommands<Ended>({
  name,
  print,
  read,
}: {
  readonly name: string
  readonly print: (shell: string) => string
  readonly read: (line: string) => Ended
}): QueryKind<Guard, Ended | NoAnswer> {
  const evaluate = ({ script, cwd, environment }: Guard) =>
    `if cd -- ${quote(cwd)} 2>/dev/null; then ${print(`( ${exports(environment)}eval ${quote(script)} ) </dev/null`)}; else echo no-folder; fi`
  return {
    name,
    key: ({ script, cwd, environment }) => JSON.stringify([script, cwd, Object.entries(environment).sort()]),
    // They go in by a pipe, because a single argument may hold no more than 128 KiB.
    script: (commands) =>
      `printf %s ${quote(`${commands.map(evaluate).join('\n')}\n`)} | timeout -k 2 ${patienceSeconds + commands.length} sh`,
    parse: ({ stdout }, commands) => {
      const lines = stdout.toString().split('\n').slice(0, -1)
      return commands.map((_command, index): Ended | NoAnswer => {
        const line = lines[index]
        if (line === undefined) return { kind: index === lines.length ? 'hung' : 'not-reached' }
        return line === 'no-folder' ? { kind: line } : read(line)
      })
    },
  }
}

export const guardQuery = readingCommands({
  name: 'guard',
  print: (shell) => `${shell} >/dev/null 2>&1; echo $?`,
  read: (line) => ({ kind: 'status' as const, status: Number(line) }),
})

/** How the guard ends. What it prints is dropped. */
export const guard = defineQuery<Guard, GuardAnswer>(guardQuery)

/** POSIX sh that sets variables for what follows it. */
export function exports(environment: Readonly<Record<string, string>>): string {
  const words = Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`)
  return words.length === 0 ? '' : `export ${words.join(' ')}; `
}
