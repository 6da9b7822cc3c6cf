/** Decides on an operation by the state of its hosts, before anything is changed. */

import { FoobarDeployError } from '../errors.ts'
import type { HostView } from './compile/host-roles.ts'
import type { CompiledOperation } from './compile/operation.ts'
import type { HostRun } from './host/host-run.ts'
import type { SharedRun } from './shared-run.ts'

/** Throws where the operation is refused, where hosts that it needs are missing, or where nobody confirms it. */
export async function decideOperation(
  operation: CompiledOperation,
  view: HostView,
  hosts: readonly HostRun[],
  { mode, questions, emit }: SharedRun,
): Promise<void> {
  if (!operation.withoutUnreachable) refuseMissing(hosts)
  const confirmation = operation.decide(view)
  if (!confirmation) return
  const { warning, word } = confirmation
  if (mode === 'plan') return emit({ type: 'notice', text: `${warning}. Before it begins, you must type ${word}` })
  if (await questions.confirmWord(confirmation)) return
  throw new FoobarDeployError('interrupted', 'not-confirmed', 'It was not confirmed; nothing was changed', {
    detail: warning,
    hint: `Type ${word} when it asks, or add --yes=${word}.`,
  })
}

function refuseMissing(hosts: readonly HostRun[]): void {
  const [first, ...rest] = hosts.filter(({ error }) => error)
  if (!first?.error) return
  throw new FoobarDeployError(
    first.error.family,
    'operation-incomplete',
    'The operation needs all its hosts; nothing was changed',
    {
      detail: [first, ...rest].map(({ name, error }) => `\n  ${name}: ${error?.message}`).join(''),
    },
  )
}
