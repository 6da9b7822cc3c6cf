/** `apply`: makes hosts what the playbook says. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { pickOptions, runOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', {
      describe: 'The inventory file, or a plan file to carry out',
      type: 'string',
      defaultDescription: 'inventory/dev.ts',
    })
    .options(pickOptions(...runOptions))
    .options(pickOptions('start-at', 'failed', 'step', 'yes'))
    .example('$0 apply inventory/dev.ts', 'Bring all hosts to the desired state')
    .example('$0 apply inventory/prod.ts --limit web,!web3 --diff', 'The web hosts but web3, with file differences')
    .example('$0 apply inventory/prod.ts --tags nginx --var mysql.port=3307', 'Tasks tagged nginx, with a variable set')
    .example(
      '$0 apply inventory/prod.ts --failed --start-at "service nginx"',
      'Where it broke, from the task that broke',
    )
    .example('$0 apply prod.plan', 'What `plan --out prod.plan` found, or nothing')

/** The command `apply`. */
export const applyCommand: CommandModule<object, RawArguments> = {
  command: 'apply [inventory]',
  describe: 'Bring hosts to the desired state',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { applyNamed } = await import('./apply-named.ts')
    exitWith((await applyNamed(args)).exitCode)
  },
}
