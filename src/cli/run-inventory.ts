/** Wires a run: inventory, transport, reporter and signals to the engine. */

import type { Emit, RunEvent, RunMode } from '../engine/events.ts'
import type { RunResult } from '../engine/run-request.ts'
import { FoobarDeployError } from '../errors.ts'
import type { Inventory } from '../model/inventory.ts'
import type { Reporter } from '../report/reporter.ts'
import type { Arguments } from './arguments.ts'
import { selectReporter } from './select-reporter.ts'
import { listenToSignals } from './signals.ts'
import { endPhase, startUpPhases } from './start-up.ts'
import { paintFor, write } from './terminal.ts'

/** Runs the playbook of the named inventory on its hosts and reports it. */
export async function runInventory(mode: RunMode, args: Arguments): Promise<RunResult> {
  endPhase('command line')
  const reporter = await selectReporter(args)
  const { defaultInventory, loadInventory } = await import('./load-inventory.ts')
  const inventory = await loadInventory(args.inventories[0] ?? defaultInventory())
  endPhase('inventory')
  let finished: Extract<RunEvent, { type: 'run-finished' }> | undefined
  const emit: Emit = (event) => {
    if (event.type === 'run-finished') finished = event
    reporter.emit(event)
  }
  try {
    return await runLoaded(mode, inventory, args, { ...reporter, emit })
  } finally {
    await reporter.close()
    if (args.timings && finished) {
      const { timingLines } = await import('../report/timings.ts')
      if (args.output !== 'json')
        write(`${timingLines(finished, startUpPhases(), await paintFor('stdout')).join('\n')}\n`)
    }
  }
}

/** Runs a loaded inventory; `reporter` hears of it. */
export async function runLoaded(
  mode: RunMode,
  inventory: Inventory,
  args: Arguments,
  reporter: Reporter,
): Promise<RunResult> {
  const { emit } = reporter
  if (args.rest.length > 0) throw strayWords(args.rest)
  const [{ run }, { makeTransport }] = await Promise.all([import('../engine/run.ts'), import('./transport.ts')])
  const wired = await makeTransport(inventory, reporter)
  endPhase('engine')
  const { limit, tags, skipTags, overrides, forks, diff } = args
  const signals = listenToSignals((text) => emit({ type: 'notice', text }))
  try {
    return await run(
      { inventory: wired.inventory, mode, limit, tags, skipTags, overrides, forks, diff },
      { transport: wired.transport, emit, stop: signals.stop, kill: signals.kill },
    )
  } finally {
    signals.dispose()
  }
}

function strayWords(rest: readonly string[]): FoobarDeployError {
  return new FoobarDeployError('usage', 'stray-words', 'Only `run` takes a command after --', {
    detail: rest.join(' '),
  })
}
