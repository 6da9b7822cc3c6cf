/** Guards: what tells whether a command or a script is due, read before it runs and again afterwards. */

import { z } from 'zod'
import type { Change } from '../../plan/change.ts'
import { type Need, pathAndAbove } from '../../plan/provision.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { type FileStatus, fileStatus } from '../files/file-status.query.ts'
import { type GuardAnswer, guard } from './guard.query.ts'

/** Exactly one of the members of `T`. */
export type OneOf<T> = {
  [K in keyof T]: { readonly [P in K]: T[P] } & { readonly [P in Exclude<keyof T, K>]?: undefined }
}[keyof T]

/** The guards. */
export interface GuardMembers {
  /** Due while nothing lies at this absolute path; it must be there afterwards. */
  creates: string
  /** Due while something lies at this absolute path; it must be gone afterwards. */
  removes: string
  /** A command that changes nothing. Due while it fails; it must succeed afterwards. */
  unless: string
  /** A command that changes nothing. Due while it succeeds; it must fail afterwards. */
  onlyIf: string
  /** Due whenever its turn comes: an act, for handlers. */
  always: true
}

/** The guard: what tells whether it is due. One is demanded. */
export type CommandGuard = OneOf<GuardMembers>

/** The names of the guards. */
const guardNames = ['creates', 'removes', 'unless', 'onlyIf', 'always'] as const

const demand = `Say when it is due, by one of ${guardNames.join(', ')}. Without a guard it would run every time and nobody could tell whether it changed anything; if that is what you want, say always: true`

/** Text for sh that is not empty. */
export const shellText = z.string().refine((given) => given.trim() !== '', 'is empty')

/** The part of a schema that holds the guards. */
export const guardShape = {
  creates: absolutePath.optional(),
  removes: absolutePath.optional(),
  unless: shellText.optional(),
  onlyIf: shellText.optional(),
  always: z.literal(true, 'always is true or left out').optional(),
}

type Guards = { readonly [K in keyof typeof guardShape]?: z.output<(typeof guardShape)[K]> }

/** What a guard is read from. */
export interface Guarded extends Guards {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
}

/** Whether it is due. */
export interface Due {
  readonly due: boolean
}

/** The questions of a guard. */
export interface GuardQueries {
  readonly [name: string]: Query<unknown>
  readonly path: Query<FileStatus | undefined>
  readonly guard: Query<GuardAnswer | undefined>
}

/** Refuses what has no guard, or several. `hint` says what else there is. */
export function demandGuard(
  given: Guards & { readonly readOnly?: true | undefined },
  context: z.RefinementCtx,
  hint = '',
): void {
  const guards = [...guardNames, 'readOnly' as const].filter((name) => given[name] !== undefined)
  if (guards.length === 0) context.addIssue({ code: 'custom', message: `${demand}${hint}` })
  if (guards.length > 1) {
    context.addIssue({ code: 'custom', message: `Exactly one guard, not ${guards.join(' and ')}` })
  }
}

/** What to ask. */
export function readGuard({ creates, removes, unless, onlyIf, cwd, environment }: Guarded): GuardQueries {
  const path = creates ?? removes
  const script = unless ?? onlyIf
  return {
    ...(path === undefined ? {} : { path: fileStatus({ path }) }),
    ...(script === undefined ? {} : { guard: guard({ script, cwd, environment }) }),
  } as GuardQueries
}

/** What the answers mean; without a guard it is due. */
export function parseGuard(
  { path, guard: answer }: { path?: FileStatus | undefined; guard?: GuardAnswer | undefined },
  desired: Guarded,
): Due | Unavailable {
  if (path) return seen(path, desired)
  return answer ? judged(answer, desired) : { due: true }
}

/** What is to become different by it; `act` names it where it has no guard. */
export function guardChange({ creates, removes, unless, onlyIf }: Guarded, act: string): Change {
  if (creates !== undefined) return { key: 'creates', from: null, to: creates }
  if (removes !== undefined) return { key: 'removes', from: removes, to: null }
  if (unless !== undefined) return { key: 'unless', from: 'fails', to: 'succeeds' }
  if (onlyIf !== undefined) return { key: 'onlyIf', from: 'succeeds', to: 'fails' }
  return { key: 'run', from: null, to: act }
}

const longestHeadline = 60

/** The first line of a command, cut where it is long. */
export function headline(text: string): string {
  const [line = '', ...rest] = text.trim().split('\n')
  const cut = line.length > longestHeadline ? `${line.slice(0, longestHeadline - 1)}…` : line
  return rest.length > 0 && !cut.endsWith('…') ? `${cut} …` : cut
}

function seen(status: FileStatus, { creates, removes }: Guarded): Due | Unavailable {
  if (status.kind === 'hidden') {
    const path = creates ?? removes ?? ''
    return new Unavailable(`${path} cannot be seen by the user of this task`, undefined, pathAndAbove(path))
  }
  return { due: (status.kind === 'absent') === (creates !== undefined) }
}

function judged(answer: GuardAnswer, { unless, onlyIf, cwd }: Guarded): Due | Unavailable {
  const shown = headline(unless ?? onlyIf ?? '')
  switch (answer.kind) {
    case 'no-folder':
      return noFolder(cwd, 'its guard')
    case 'hung':
      return new Unavailable(`the guard did not end in time: ${shown}`, 'A guard must answer within seconds.')
    case 'not-reached':
      return new Unavailable('the guard was not run, because the guard of another task did not end in time')
    case 'status':
      if (answer.status === 126 || answer.status === 127) {
        return new Unavailable(
          `the guard cannot run what it calls (exit status ${answer.status}): ${shown}`,
          'Install what it calls before this task, and check its spelling.',
          needsOf(unless ?? onlyIf ?? ''),
        )
      }
      return { due: (answer.status === 0) === (onlyIf !== undefined) }
  }
}

/** Why `what` cannot run in a folder that is not there. */
export function noFolder(cwd: string, what: string): Unavailable {
  return new Unavailable(`the folder ${cwd}, where ${what} is to run, cannot be entered`, undefined, pathAndAbove(cwd))
}

/** What a command that fails may lack: nobody knows which of its words. */
export function needsOf(text: string): Need[] {
  const words = new Set(text.match(/[\w.+/-]+/g))
  return [...words].map((word): Need => (word.includes('/') ? `path ${word}` : `program ${word}`))
}
