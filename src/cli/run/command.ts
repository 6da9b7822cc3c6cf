/** `run`: runs a command on hosts. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { dataOutput, pickOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', { describe: 'The inventory file', type: 'string', defaultDescription: 'inventory/dev.ts' })
    .options({ ...pickOptions('limit', 'forks'), ...dataOutput })
    .option('become', { describe: 'Run as this user, by sudo without password', type: 'string', requiresArg: true })
    .example('$0 run inventory/dev.ts -- uptime', 'A command with its arguments')
    .example('$0 run inventory/dev.ts --limit web -- "ss -tln | wc -l"', 'A single word is a shell script')
    .example('$0 run inventory/dev.ts --become root -- id -un', 'As another user, by sudo')

/** The command `run`. */
export const runCommand: CommandModule<object, RawArguments> = {
  command: 'run [inventory]',
  describe: 'Run a command on hosts: run <inventory> -- <command...>',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { runCommandOnHosts } = await import('./run-command-on-hosts.ts')
    exitWith(await runCommandOnHosts(args, typeof raw.become === 'string' ? raw.become : undefined))
  },
}
