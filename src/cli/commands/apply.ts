/** `apply`: makes hosts what the playbook says. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { pickOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', { describe: 'The inventory file', type: 'string', defaultDescription: 'inventory/dev.ts' })
    .options(
      pickOptions(
        'limit',
        'tags',
        'skip-tags',
        'var',
        'forks',
        'diff',
        'output',
        'verbose',
        'timings',
        'allow-unsupported-system',
      ),
    )
    .example('$0 apply inventory/dev.ts', 'Make all hosts what the playbook says')
    .example('$0 apply inventory/prod.ts --limit web,!web3 --diff', 'The web hosts but web3, with file differences')
    .example('$0 apply inventory/prod.ts --tags nginx --var mysql.port=3307', 'Tasks tagged nginx, with a variable set')

/** The command `apply`. */
export const applyCommand: CommandModule<object, RawArguments> = {
  command: 'apply [inventory]',
  describe: 'Make hosts what the playbook says',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { runInventory } = await import('../run-inventory.ts')
    exitWith((await runInventory('apply', args)).exitCode)
  },
}
