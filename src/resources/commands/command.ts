/** A command of your own, with the guard that decides whether it runs. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Query } from '../../plan/query.ts'
import type { Unavailable } from '../../plan/resource.ts'
import { type Command, sh } from '../../shell/command.ts'
import { commandOutput, type OutputAnswer } from './command-output.query.ts'
import {
  type Due,
  demandGuard,
  type GuardMembers,
  type GuardQueries,
  guardChange,
  guardShape,
  headline,
  type OneOf,
  parseGuard,
  readGuard,
  shellText,
} from './guarded.ts'
import { type Printed, parsePrinted } from './read-only.ts'
import { type RunOptions, running, runShape } from './run-options.ts'

/** What a `command` task says. */
export type CommandInput = OneOf<
  GuardMembers & {
    /** It changes nothing. It runs whenever the task is read, in a plan too, and never counts as a change. */
    readOnly: true
  }
> &
  RunOptions & {
    /** What to run: text for `sh`, or a command made with sh`…`, which quotes its values. */
    readonly run: string | Command
  }

const shellCommand = z.custom<Command>(
  (given) => typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'command',
  'Expected text for sh, or a command made with sh`…`',
)

const object = z
  .strictObject({
    run: z.union([shellText, shellCommand], { error: 'Expected text for sh, or a command made with sh`…`' }),
    ...guardShape,
    readOnly: z.literal(true, 'readOnly is true or left out').optional(),
    ...runShape,
  })
  .superRefine((given, context) => {
    demandGuard(given, context, '. If it only reads, say readOnly: true')
    const hasInput = given.input !== undefined || (typeof given.run === 'object' && given.run.input !== undefined)
    if (given.readOnly && hasInput) {
      context.addIssue({ code: 'custom', message: 'cannot stand beside readOnly', path: ['input'] })
    }
    if (given.input !== undefined && typeof given.run === 'object' && given.run.input !== undefined) {
      context.addIssue({ code: 'custom', message: 'The command brings its own input', path: ['input'] })
    }
  })

/** What a `command` task desires, with defaults filled in. */
export type CommandDesired = z.output<typeof object>

// That there is exactly one guard is known to the type alone.
const commandSchema = object as unknown as z.ZodType<CommandDesired, CommandInput>

interface CommandQueries extends GuardQueries {
  readonly output: Query<OutputAnswer | undefined>
}

/**
 * A command for what no resource does. Its guard is read before and after: what still needs doing afterwards is a failure,
 * and a run in which it is not due costs no round trip. In a plan guards run too, where nothing can be written; a guard whose
 * program is not there yet leaves the outcome open.
 *
 * `run` and guards are for `sh`. With `always: true` it is an act, done whenever its turn comes: for handlers. With
 * `readOnly: true` it only reads: what it prints is for `after`, and nothing has changed. It may run several times, and must end
 * within half a minute.
 *
 * @example
 * ```ts
 * import { after, command, sh } from 'foobar-deploy'
 *
 * command({ run: 'make install', cwd: '/usr/src/tool', creates: '/usr/local/bin/tool' })
 * command({ run: sh`timedatectl set-timezone ${'Europe/Berlin'}`, unless: 'grep -qx Europe/Berlin /etc/timezone' })
 * command({ run: 'newaliases', always: true })
 *
 * const version = command({ run: 'haproxy -v', readOnly: true })
 * const tasks = [version, after(version, ({ output }) => [output.includes('version 2.') && command({ run: 'true', always: true })])]
 * ```
 */
export const command = defineResource({
  type: 'command',
  schema: commandSchema,
  id: ({ run }) => headline(textOf(run)),
  read: (desired): CommandQueries =>
    ({
      ...readGuard(desired),
      ...(desired.readOnly ? { output: commandOutput(readingOf(desired)) } : {}),
    }) as CommandQueries,
  parse: ({ output, ...guard }, desired): Due | Printed | Unavailable =>
    output ? parsePrinted(output, { ...readingOf(desired), accepted: desired.status }) : parseGuard(guard, desired),
  output: (state) => ('output' in state ? state.output : ''),
  provides: ({ creates, readOnly }) =>
    readOnly ? [] : creates === undefined ? ['anything'] : ['anything', `path ${creates}`],
  diff: ({ due }, desired) => (due ? [guardChange(desired, headline(textOf(desired.run)))] : []),
  *apply(_changes, desired) {
    const { run, input } = desired
    // In a process of its own: what it does to itself ($$, exec, exit, an error of syntax) ends nothing else.
    yield running(sh`exec sh -c ${textOf(run)}`, desired, input ?? (typeof run === 'string' ? undefined : run.input))
  },
  isAction: ({ always }) => always === true,
})

function readingOf({ run, cwd, environment }: CommandDesired) {
  return { script: textOf(run), cwd, environment }
}

function textOf(run: CommandDesired['run']): string {
  return typeof run === 'string' ? run : run.script
}
