/** `check`: finds what is wrong with inventories without connecting. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { dataOutput, pickOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', {
      describe: 'The inventory files',
      type: 'string',
      array: true,
      defaultDescription: 'inventory/dev.ts',
    })
    .options({ ...pickOptions('var'), ...dataOutput })
    .example('$0 check inventory/dev.ts', 'Types, then definitions, then all tasks of all hosts')
    .example('$0 check inventory/*.ts --output json', 'Several inventories, for a program')

/** The command `check`. */
export const checkCommand: CommandModule<object, RawArguments> = {
  command: 'check [inventory..]',
  describe: 'Find mistakes without connecting: types, variables, templates',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { checkInventories } = await import('./check-inventories.ts')
    exitWith(await checkInventories(args))
  },
}
