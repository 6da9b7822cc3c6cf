/** `do`: an operation of a role. Which ones there are, and their options, is known by the inventory. */

import type { Argv, CommandModule } from 'yargs'
import type { RoleOperations } from '../../engine/compile/operation.ts'
import { type RawArguments, readArguments } from '../arguments.ts'
import { exitWith } from '../exit-code.ts'
import { pickOptions } from '../options.ts'

const own = {
  plan: { describe: 'Show what it would do; write nothing', type: 'boolean', default: false },
  yes: {
    alias: 'y',
    describe: 'Type this word when it asks for one, and answer yes to every question of a task',
    type: 'string',
    requiresArg: true,
    defaultDescription: 'ask',
  },
} as const

/** The command `do`; `words` are the arguments of the process, which tell the inventory. */
export function doCommand(words: readonly string[]): CommandModule<object, RawArguments> {
  let all: readonly RoleOperations[] = []
  return {
    command: 'do [role] [operation] [inventory]',
    describe: 'Operate a service: what a role can do beside its tasks, for example a switchover',
    builder: async (parser: Argv) => {
      parser
        .positional('role', { describe: 'The role', type: 'string' })
        .positional('operation', { describe: 'The operation', type: 'string' })
        .positional('inventory', {
          describe: 'The inventory file',
          type: 'string',
          defaultDescription: 'inventory/dev.ts',
        })
        .options(own)
        .options(pickOptions('out', 'var', 'forks', 'diff', 'output', 'verbose', 'timings', 'allow-unsupported-system'))
        .example('$0 do --help', 'The operations of the default inventory')
        .example('$0 do mysql switchover inventory/prod.ts --plan', 'What a switchover would do')
        .example('$0 do mysql switchover inventory/prod.ts --to web2', 'Do it')
      const { addOperations } = await import('./operation-options.ts')
      all = await addOperations(parser, words)
      return parser
    },
    handler: async (raw) => {
      const { yes, plan, role, operation, ...rest } = raw
      const args = { ...readArguments(rest), plan: plan === true, yes: yes !== undefined }
      const word = yes === undefined ? undefined : String(yes)
      const { doOperation } = await import('./do-operation.ts')
      const { exitCode } = await doOperation(args, { all, role, operation, word, raw })
      exitWith(exitCode)
    },
  }
}
