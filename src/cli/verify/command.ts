/** `verify`: proves that a second apply changes nothing, by a fingerprint that does not rest on its word. */

import type { Argv, CommandModule } from 'yargs'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { pickOptions, runOptions } from '../options.ts'

const builder = (parser: Argv) =>
  parser
    .positional('inventory', { describe: 'The inventory file', type: 'string', defaultDescription: 'inventory/dev.ts' })
    .options(pickOptions(...runOptions))
    .options(pickOptions('yes'))
    .example('$0 verify inventory/dev.ts', 'Fingerprint, apply, fingerprint; list what moved')
    .example('$0 verify inventory/prod.ts --limit web1', 'On one host')

/** The command `verify`. */
export const verifyCommand: CommandModule<object, RawArguments> = {
  command: 'verify [inventory]',
  describe: 'Prove that applying again changes nothing',
  builder,
  handler: async (raw) => {
    const args = readArguments(raw)
    const { verifyInventory } = await import('./verify-inventory.ts')
    exitWith(await verifyInventory(args))
  },
}
