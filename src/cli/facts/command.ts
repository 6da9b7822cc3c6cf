/** `facts`: shows what is learned of hosts. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { dataOutput, pickOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', { describe: 'The inventory file', type: 'string', defaultDescription: 'inventory/dev.ts' })
    .options({ ...pickOptions('limit', 'forks'), ...dataOutput })
    .example('$0 facts inventory/dev.ts --limit web1', 'What roles know of web1')
    .example('$0 facts inventory/dev.ts --output json', 'As JSON, one host a line')

/** The command `facts`. */
export const factsCommand: CommandModule<object, RawArguments> = {
  command: 'facts [inventory]',
  describe: 'Show the facts of hosts',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { showFacts } = await import('./show-facts.ts')
    exitWith(await showFacts(args))
  },
}
