/** `plan`: says what an apply would change; it cannot change anything. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { detailedExitCode, exitWith } from '../exit-code.ts'
import { pickOptions, runOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', { describe: 'The inventory file', type: 'string', defaultDescription: 'inventory/dev.ts' })
    .options(pickOptions(...runOptions, 'detailed-exitcode'))
    .options(pickOptions('start-at', 'failed', 'out'))
    .example('$0 plan inventory/prod.ts --diff', 'What would change, with file differences')
    .example('$0 plan inventory/prod.ts --detailed-exitcode', 'Exit with 2 if anything would change')
    .example('$0 plan inventory/prod.ts --output json', 'As JSON, one event a line')
    .example('$0 plan inventory/prod.ts --out prod.plan', 'Keep it, for `apply prod.plan`')

/** The command `plan`. */
export const planCommand: CommandModule<object, RawArguments> = {
  command: 'plan [inventory]',
  describe: 'Show what apply would change; write nothing',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { planNamed } = await import('./plan-named.ts')
    const { exitCode, changed } = await planNamed(args)
    exitWith(args.detailedExitcode ? detailedExitCode(exitCode, changed) : exitCode)
  },
}
