/** Wires a run: inventory, transport, reporter and signals to the engine. */

import type { Emit, RunEvent, RunMode } from '../../engine/events.ts'
import type { RunContext, RunRequest, RunResult } from '../../engine/run-request.ts'
import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Inventory } from '../../model/inventory.ts'
import type { Reporter } from '../../report/reporter.ts'
import { createLocalTransport } from '../../transport/local.ts'
import type { Arguments } from '../arguments.ts'
import { resolveAllSecrets } from '../inventory-secrets.ts'
import { maskedEvent } from '../masked-event.ts'
import { heldWhileAsking } from '../on-terminal.ts'
import { answersFor } from '../questions.ts'
import { outputOf, selectReporter } from '../select-reporter.ts'
import { listenToSignals } from '../signals.ts'
import { endPhase, startUpPhases } from '../start-up.ts'
import { paintFor, write } from '../terminal.ts'

/** What is done with a wired run. */
export type Work<T> = (request: RunRequest, context: RunContext) => Promise<T>

/** Runs the playbook of the named inventory on its hosts and reports it; with a plan file where one is written or read,
 * or an operation instead of the playbook. `word` is typed where an operation asks for one. */
export function runInventory(
  mode: RunMode,
  args: Arguments,
  { word, ...more }: Pick<RunRequest, 'planFile' | 'operation'> & { readonly word?: string | undefined } = {},
): Promise<RunResult> {
  return wireRun(mode, { ...args, ...definedOnly({ word }) }, async (request, context) => {
    const { run } = await import('../../engine/run.ts')
    endPhase('engine')
    return run({ ...request, ...more }, context)
  })
}

/** Does `work` with a run that is ready to be made; what it emits is reported. */
export async function wireRun<T>(mode: RunMode, args: Arguments, work: Work<T>): Promise<T> {
  endPhase('command line')
  if (args.rest.length > 0) throw strayWords(args.rest)
  const reporter = heldWhileAsking(await selectReporter(args))
  let finished: Extract<RunEvent, { type: 'run-finished' }> | undefined
  const emit: Emit = (event) => {
    if (event.type === 'run-finished') finished = event
    reporter.emit(maskedEvent(event))
  }
  try {
    return await workWith({ ...reporter, emit }, mode, args, work)
  } finally {
    await reporter.close()
    if (args.timings && finished && outputOf(args) !== 'json') {
      const { timingLines } = await import('../../report/timings.ts')
      write(`${timingLines(finished, startUpPhases(), await paintFor('stdout')).join('\n')}\n`)
    }
  }
}

async function workWith<T>(reporter: Reporter, mode: RunMode, args: Arguments, work: Work<T>): Promise<T> {
  const { emit } = reporter
  const { tags, skipTags, overrides, forks, diff, startAt } = args
  const { defaultInventory, loadInventory } = await import('../load-inventory.ts')
  const path = args.inventories[0] ?? defaultInventory()
  const loaded = await loadInventory(path)
  endPhase('inventory')
  await resolveAllSecrets(path, mode === 'apply', (text) => emit({ type: 'notice', text }))
  endPhase('secrets')
  const { makeTransport } = await import('../transport.ts')
  const { inventory, transport } = await makeTransport(allowing(loaded, args), reporter, (text, host) =>
    emit({ type: 'notice', ...definedOnly({ host }), text }),
  )
  endPhase('transport')
  const signals = listenToSignals((text) => emit({ type: 'notice', text }))
  const { stop, kill } = signals
  try {
    const { keepLastApply } = await import('./last-apply.ts')
    const keep = mode === 'apply' ? keepLastApply(path, (text) => emit({ type: 'notice', text })) : () => {}
    const limit = args.failed ? await limitToFailed(path, inventory, args) : args.limit
    return await work(
      { inventory, mode, limit, tags, skipTags, overrides, forks, diff, ...definedOnly({ startAt }) },
      {
        transport,
        localTransport: createLocalTransport(),
        ...answersFor(args, reporter, stop),
        stop,
        kill,
        emit: (event) => {
          keep(event)
          emit(event)
        },
      },
    )
  } finally {
    signals.dispose()
  }
}

function allowing(inventory: Inventory, { allowUnsupportedSystem }: Arguments): Inventory {
  return allowUnsupportedSystem
    ? { ...inventory, defaults: { ...inventory.defaults, allowUnsupportedSystem } }
    : inventory
}

async function limitToFailed(path: string, inventory: Inventory, { limit }: Arguments): Promise<readonly string[]> {
  const [{ failedHosts }, { selectHosts }] = await Promise.all([
    import('./last-apply.ts'),
    import('../../engine/compile/selection.ts'),
  ])
  return failedHosts(path, selectHosts(inventory, limit))
}

function strayWords(rest: readonly string[]): FoobarDeployError {
  return new FoobarDeployError('usage', 'stray-words', 'Only `run` accepts a command after --', {
    detail: rest.join(' '),
  })
}
