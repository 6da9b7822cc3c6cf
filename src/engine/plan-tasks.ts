/** Planning: what an apply would do, from reads alone. What hangs on a change not made yet is said to be unknown. */

import type { BuiltTask } from './build.ts'
import { handlersOf } from './handlers.ts'
import type { HostRun } from './host-run.ts'
import type { Differing } from './reading.ts'
import { unreadable } from './task-failure.ts'
import { wantedDiffs } from './wanted-diffs.ts'

/** Tells of each of `tasks`, and of the handlers they would notify, what an apply would do. */
export async function planTasks(host: HostRun, tasks: readonly BuiltTask[]): Promise<void> {
  const handlers = handlersOf(tasks)
  await host.read([...tasks, ...handlers.flatMap((handler) => handler.tasks)].filter((built) => !host.known(built)))
  const differing = tasks.flatMap((built): Differing[] => {
    const reading = host.known(built)
    return reading?.kind === 'state' && reading.changes.length > 0 ? [{ built, reading }] : []
  })
  const diffs = await wantedDiffs(host, differing)
  let pending: string | undefined
  const tell = (built: BuiltTask) => {
    const reading = host.known(built)
    host.shared.emit({ type: 'task-started', host: host.name, task: built.reference })
    if (reading?.kind === 'state') {
      const { changes } = reading
      host.finish(built, { status: changes.length > 0 ? 'changed' : 'ok', changes, diffs: diffs.get(built) ?? [] })
      if (changes.length > 0) pending ??= built.reference.title
    } else if (reading && pending !== undefined) {
      const found = reading.kind === 'unavailable' ? reading.reason : reading.error.message
      host.finish(built, { status: 'unknown', reason: `unknown until applied: ${pending} (${found})` })
    } else if (reading) {
      const error = unreadable(host.name, built, reading)
      host.finish(built, { status: 'failed', error })
      host.error ??= error
    }
  }
  for (const built of tasks) tell(built)
  const notified = new Set(differing.flatMap(({ built }) => built.task.notify.map(({ name }) => name)))
  for (const { name, tasks: owedTasks } of handlers) {
    if (notified.has(name) || host.owed.has(name)) owedTasks.forEach(tell)
  }
}
