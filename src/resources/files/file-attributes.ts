/** Owner, group and mode of files: what a user may write, how they differ, and the commands that set them. */

import { z } from 'zod'
import type { Change } from '../../plan/change.ts'
import { type Command, sh } from '../../shell/command.ts'

/** An absolute path; slashes at its end and doubled ones are dropped. */
export const absolutePath = z
  .string()
  .regex(/^\/[^\0]*$/, 'must be an absolute path')
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), 'must not hold . or .. as a folder')
  .refine((path) => Buffer.byteLength(path) < 4096, 'is longer than a path may be (4095 bytes)')
  .transform((path) => path.replaceAll(/\/+/g, '/').replace(/(?<=.)\/$/, ''))

/** The name or number of a user or group. */
const account = z.string().regex(/^[^\s:-][^\s:]*$/, 'must be the name or number of a user or group')

const mode = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `must be text such as '0644': the number ${input} is ${input.toString(8)} in octal`
        : undefined,
  })
  .regex(/^[0-7]{3,4}$/, "must be three or four octal digits such as '0644'")
  .transform((digits) => digits.padStart(4, '0'))

/** The part of a schema that says whose a file is and who may do what. */
export const attributes = {
  /** Name or number of the owner. By default unchanged; for a new file, the user of the task. */
  owner: account.optional(),
  /** Name or number of the group. By default unchanged; for a new file, the group of that user. */
  group: account.optional(),
  /** Three or four octal digits in quotes: `'0644'`. By default unchanged. */
  mode: mode.optional(),
}

/** What may be said of attributes. */
export interface Attributes {
  readonly owner?: string | undefined
  readonly group?: string | undefined
  readonly mode?: string | undefined
}

/** The attributes of what is there. */
export interface CurrentAttributes {
  readonly owner: string
  readonly group: string
  readonly uid: number
  readonly gid: number
  readonly mode: string
}

/** In which attributes `current` differs from `desired`; where nothing is there yet, all that are desired. */
export function compareAttributes(current: CurrentAttributes | undefined, desired: Attributes, prefix = ''): Change[] {
  const from = {
    owner: current && (isNumber(desired.owner) ? String(current.uid) : current.owner),
    group: current && (isNumber(desired.group) ? String(current.gid) : current.group),
    mode: current?.mode,
  }
  return (['owner', 'group', 'mode'] as const).flatMap((key) => {
    const to = desired[key]
    return to === undefined || to === from[key] ? [] : [{ key: prefix + key, from: from[key] ?? null, to }]
  })
}

/** Sets those of the attributes that are among `changes`; links are followed. */
export function* setAttributes(path: string, changes: readonly Change[], desired: Attributes): Iterable<Command> {
  const changed = (key: keyof Attributes) => (changes.some((change) => change.key === key) ? desired[key] : undefined)
  const account = accountOf(changed('owner'), changed('group'))
  // chown clears the bits setuid and setgid, so the mode is set after it.
  const mode = changed('mode') ?? (account ? desired.mode : undefined)
  if (account) yield sh`chown -- ${account} ${path}`
  if (mode) yield sh`chmod -- ${exactMode(mode)} ${path}`
}

/** `owner:group` as chown takes it; undefined if neither is given. */
export function accountOf(owner: string | undefined, group: string | undefined): string | undefined {
  if (owner === undefined && group === undefined) return undefined
  return `${owner ?? ''}${group === undefined ? '' : `:${group}`}`
}

/** The mode so that chmod clears setuid and setgid of a folder too: GNU does so for five digits alone. */
export function exactMode(mode: string): string {
  return `0${mode}`
}

function isNumber(account: string | undefined): boolean {
  return account !== undefined && /^\d+$/.test(account)
}
