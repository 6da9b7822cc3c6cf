/** `list`: shows hosts, tasks, variables and tags without connecting. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { dataOutput, pickOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', { describe: 'The inventory file', type: 'string', defaultDescription: 'inventory/dev.ts' })
    .options({
      hosts: { describe: 'Hosts with address and groups', type: 'boolean' },
      tasks: { describe: 'Plays with their tasks', type: 'boolean' },
      vars: { describe: 'Variables in force, and where each comes from', type: 'boolean' },
      tags: { describe: 'Tags there are', type: 'boolean' },
      operations: { describe: 'What `do` can do', type: 'boolean' },
      ...pickOptions('limit', 'var'),
      ...dataOutput,
    })
    .example('$0 list inventory/dev.ts', 'Hosts and tasks')
    .example('$0 list inventory/dev.ts --vars --limit web1', 'The variables of web1 and where each comes from')
    .example('$0 list inventory/dev.ts --tags', 'The tags there are')

/** The command `list`. */
export const listCommand: CommandModule<object, RawArguments> = {
  command: 'list [inventory]',
  describe: 'Show hosts, tasks, variables and tags without connecting',
  builder,
  handler: async (raw) => {
    const { tags, operations, ...rest } = raw
    const { hosts, tasks, vars } = raw
    const args = readArguments(rest)
    const { listInventory } = await import('./list-inventory.ts')
    const asked = {
      hosts: hosts === true,
      tasks: tasks === true,
      vars: vars === true,
      tags: tags === true,
      operations: operations === true,
    }
    const isAny = Object.values(asked).includes(true)
    await listInventory(args, isAny ? asked : { ...asked, hosts: true, tasks: true, operations: true })
  },
}
