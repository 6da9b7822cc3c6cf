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

/** How a guard ended. */
export type GuardAnswer =
  | { readonly kind: 'status'; readonly status: number }
  /** The folder it is to run in is not there. */
  | { readonly kind: 'no-folder' }
  /** It did not end in time. */
  | { readonly kind: 'hung' }
  /** Its turn did not come, because one before it hung. */
  | { readonly kind: 'not-reached' }

/** Guards answer at once or not at all: half a minute for one that hangs, and a second for each. */
const patienceSeconds = 30

export const guardQuery: QueryKind<Guard, GuardAnswer> = {
  name: 'guard',
  key: ({ script, cwd, environment }) => JSON.stringify([script, cwd, Object.entries(environment).sort()]),
  // The guards go in by a pipe, because a single argument may hold no more than 128 KiB.
  script: (guards) =>
    `printf %s ${quote(`${guards.map(evaluate).join('\n')}\n`)} | timeout -k 2 ${patienceSeconds + guards.length} sh`,
  parse: ({ stdout }, guards) => {
    const lines = stdout.toString().split('\n').slice(0, -1)
    return guards.map((_guard, index): GuardAnswer => {
      const line = lines[index]
      if (line === undefined) return { kind: index === lines.length ? 'hung' : 'not-reached' }
      return line === 'no-folder' ? { kind: line } : { kind: 'status', status: Number(line) }
    })
  },
}

/** How the guard ends. What it prints is dropped; an error of syntax is its own alone. */
export const guard = defineQuery(guardQuery)

function evaluate({ script, cwd, environment }: Guard): string {
  return `if cd -- ${quote(cwd)} 2>/dev/null; then ( ${exports(environment)}eval ${quote(script)} ) </dev/null >/dev/null 2>&1; echo $?; else echo no-folder; fi`
}

/** POSIX sh that sets variables for what follows it. */
export function exports(environment: Readonly<Record<string, string>>): string {
  const words = Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`)
  return words.length === 0 ? '' : `export ${words.join(' ')}; `
}
