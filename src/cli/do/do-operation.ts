/** `do`: plans an operation or runs it, like `plan` and `apply` do with the playbook. */

import type { RoleOperations } from '../../engine/compile/operation.ts'
import type { RunResult } from '../../engine/run-request.ts'
import { FoobarDeployError } from '../../errors.ts'
import { runInventory } from '../apply/apply-inventory.ts'
import type { Arguments, RawArguments } from '../arguments.ts'
import { planNamed } from '../plan/plan-named.ts'
import { givenArguments } from './operation-options.ts'

/** What stands on the command line for an operation. */
export interface OperationWords {
  /** What there is. */
  readonly all: readonly RoleOperations[]
  readonly role: unknown
  readonly operation: unknown
  /** The word that `--yes` types. */
  readonly word: string | undefined
  readonly raw: RawArguments
}

/** Does what the command line says. */
export async function doOperation(
  args: Arguments & { readonly plan: boolean },
  { all, role, operation: name, word, raw }: OperationWords,
): Promise<RunResult> {
  if (args.out !== undefined && !args.plan) {
    throw new FoobarDeployError('usage', 'out-without-plan', '--out is for a plan', {
      hint: 'Add --plan to write the plan of the operation to a file, for `apply FILE`.',
    })
  }
  if (typeof role !== 'string' || typeof name !== 'string') throw unnamed(all.map((one) => one.role))
  const operation = all.find((one) => one.role === role)?.operations[name]
  const chosen = { role, name, args: operation ? givenArguments(operation, raw) : {} }
  return args.plan ? planNamed(args, chosen) : runInventory('apply', args, { operation: chosen, word })
}

function unnamed(roles: readonly string[]): FoobarDeployError {
  return new FoobarDeployError('usage', 'operation-missing', 'Name a role and an operation', {
    hint: `Roles with operations: ${roles.join(', ') || 'none'}. foobar-deploy do --help lists what they can do.`,
  })
}
