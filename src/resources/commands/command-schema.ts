/** What a `command` task may say: what to run, and the one guard that tells whether it is due. */

import { z } from 'zod'
import type { Command } from '../../shell/command.ts'
import { type CommandGuard, demandGuard, guardShape, shellText } from './guarded.ts'
import { type RunOptions, runShape } from './run-options.ts'

/** What a `command` task says. */
export type CommandInput = CommandGuard &
  RunOptions & {
    /** What to run: text for `sh`, or a command made with sh`…`, which quotes its values. */
    readonly run: string | Command
  }

const command = z.custom<Command>(
  (given) => typeof given === 'object' && given !== null && 'kind' in given && given.kind === 'command',
  'Expected text for sh, or a command made with sh`…`',
)

const object = z
  .strictObject({
    run: z.union([shellText, command], { error: 'Expected text for sh, or a command made with sh`…`' }),
    ...guardShape,
    ...runShape,
  })
  .superRefine((given, context) => {
    demandGuard(given, context)
    if (given.input !== undefined && typeof given.run === 'object' && given.run.input !== undefined) {
      context.addIssue({ code: 'custom', message: 'The command brings its own input', path: ['input'] })
    }
  })

/** What a `command` task desires, with defaults filled in. */
export type CommandDesired = z.output<typeof object>

// That there is exactly one guard is known to the type alone.
export const commandSchema = object as unknown as z.ZodType<CommandDesired, CommandInput>
