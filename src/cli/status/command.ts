/** `status`: shows how everything the roles know of is doing, on all hosts. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { dataOutput, pickOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', { describe: 'The inventory file', type: 'string', defaultDescription: 'inventory/dev.ts' })
    .options({ ...pickOptions('limit', 'var', 'forks', 'detailed-exitcode'), ...dataOutput })
    .example('$0 status inventory/prod.ts', 'Who is primary, what is drained, which alerts fire')
    .example('$0 status --detailed-exitcode', 'Exit with 2 when something is bad')
    .example('$0 status --output json', 'As JSON, a line for each host and section')

/** The command `status`. */
export const statusCommand: CommandModule<object, RawArguments> = {
  command: 'status [inventory]',
  describe: 'Show how everything is doing',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { showStatus } = await import('./show-status.ts')
    exitWith(await showStatus(args))
  },
}
