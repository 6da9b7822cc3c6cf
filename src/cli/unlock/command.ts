/** `unlock`: shows who holds the locks of hosts, and ends runs that nobody stands behind. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { dataOutput, pickOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', { describe: 'The inventory file', type: 'string', defaultDescription: 'inventory/dev.ts' })
    .options({ ...pickOptions('limit', 'var', 'forks', 'yes'), ...dataOutput })
    .example('$0 unlock inventory/prod.ts', 'Who is working on the hosts; on a terminal, asks whether to end it')
    .example('$0 unlock inventory/prod.ts --limit db1 --yes', 'Ends the run that holds db1, after its current task')

/** The command `unlock`. */
export const unlockCommand: CommandModule<object, RawArguments> = {
  command: 'unlock [inventory]',
  describe: 'Show who holds the locks of hosts, and end runs whose controller is gone',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { unlockHosts } = await import('./unlock-hosts.ts')
    exitWith(await unlockHosts(args))
  },
}
