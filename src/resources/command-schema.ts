/** What a `command` task may say: what to run, and the one guard that tells whether it is due. */

import { z } from 'zod'
import type { Command } from '../shell/command.ts'
import { Secret } from '../shell/secret.ts'
import { absolutePath } from './file-attributes.ts'

/** Exactly one of the members of `T`. */
type OneOf<T> = {
  [K in keyof T]: { readonly [P in K]: T[P] } & { readonly [P in Exclude<keyof T, K>]?: undefined }
}[keyof T]

/** The guard: what tells whether the command is due. One is demanded. */
export type CommandGuard = OneOf<{
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
}>

/** What a `command` task says. */
export type CommandInput = CommandGuard & {
  /** What to run: text for `sh`, or a command made with sh`…`, which quotes its values. */
  readonly run: string | Command
  /** The folder in which it and its guard run; default `/`. */
  readonly cwd?: string
  /** Variables set for it and its guard. Not for secrets: those go by `input`. */
  readonly environment?: Readonly<Record<string, string>>
  /** What it reads on its standard input; by default nothing. */
  readonly input?: string | Secret
  /** The exit statuses that are a success; default 0 alone. */
  readonly okStatuses?: readonly number[]
}

/** The names of the guards. */
export const guardNames = ['creates', 'removes', 'unless', 'onlyIf', 'always'] as const

const demand = `Say when it is due, by one of ${guardNames.join(', ')}. Without a guard it would run every time and nobody could tell whether it changed anything; if that is what you want, say always: true`

const text = z.string().refine((given) => given.trim() !== '', 'is empty')
const command = z.custom<Command>(
  (given) => typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'command',
  'Expected text for sh, or a command made with sh`…`',
)

const object = z
  .strictObject({
    run: z.union([text, command], { error: 'Expected text for sh, or a command made with sh`…`' }),
    creates: absolutePath.optional(),
    removes: absolutePath.optional(),
    unless: text.optional(),
    onlyIf: text.optional(),
    always: z.literal(true, 'always is true or left out').optional(),
    cwd: absolutePath.default('/'),
    environment: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string(), {
        error: ({ code }) => (code === 'invalid_key' ? 'is no name of a variable' : undefined),
      })
      .default({}),
    input: z.union([z.string(), z.instanceof(Secret<string>)]).optional(),
    okStatuses: z.array(z.int().min(0).max(255)).min(1).default([0]),
  })
  .superRefine((given, context) => {
    const guards = guardNames.filter((name) => given[name] !== undefined)
    if (guards.length === 0) context.addIssue({ code: 'custom', message: demand })
    if (guards.length > 1) {
      context.addIssue({ code: 'custom', message: `Exactly one guard, not ${guards.join(' and ')}` })
    }
    if (given.input !== undefined && typeof given.run === 'object' && given.run.input !== undefined) {
      context.addIssue({ code: 'custom', message: 'The command brings its own input', path: ['input'] })
    }
  })

/** What a `command` task desires, with defaults filled in. */
export type CommandDesired = z.output<typeof object>

// That there is exactly one guard is known to the type alone.
export const commandSchema = object as unknown as z.ZodType<CommandDesired, CommandInput>
