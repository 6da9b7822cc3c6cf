/** Converging: tasks in order; what agrees costs nothing more, what differs is applied and read again. */

import type { BuiltTask } from '../compile/built.ts'
import type { HostRun } from '../host/host-run.ts'
import { agrees, type Differing } from '../read/reading.ts'
import { applyGroup } from './apply-group.ts'
import { applyTask, hasControls, isDue, tell } from './apply-task.ts'
import { unreadable } from './task-failure.ts'

const largestGroup = 100

/**
 * Makes `tasks` hold on the host. `later` are the tasks that come after them, which may be read ahead. Throws the error
 * of the task that failed, after it was told; a run that is to stop throws before the next task.
 */
export async function converge(host: HostRun, tasks: readonly BuiltTask[], later: readonly BuiltTask[]): Promise<void> {
  const all = [...tasks, ...later]
  let position = 0
  const skipFinished = () => {
    while (position < tasks.length && host.progress.isFinished(tasks[position] as BuiltTask)) position += 1
  }
  for (skipFinished(); position < tasks.length; skipFinished()) {
    host.refuseToGoOn()
    const built = tasks[position] as BuiltTask
    const reading = host.cache.get(built)
    if (!reading) {
      await host.cache.readAhead(all.slice(position))
    } else if (hasControls(built) || (host.shared.questions.asksChanges && isDue(host, built))) {
      await applyTask(host, built, neighbours(all, position + 1))
    } else if (reading.kind === 'state' && reading.changes.length > 0) {
      await applyFrom(host, tasks, all, position)
    } else {
      host.progress.begin(built)
      if (reading.kind === 'state') host.finish(built, { status: 'ok' })
      else tell(host, { built, outcome: { status: 'failed', error: unreadable(host.name, built, reading) } })
    }
  }
}

async function applyFrom(
  host: HostRun,
  tasks: readonly BuiltTask[],
  all: readonly BuiltTask[],
  position: number,
): Promise<void> {
  const group = neighbours(tasks, position).map((built) => ({ built, known: host.cache.get(built) }))
  // A member that agrees is told as it was read, which holds only where the others cannot change it.
  const isIndependent = group[0]?.built.task.resource.independent === true
  const end = group.findIndex(({ known }) => known?.kind !== 'state' || (!isIndependent && agrees(known)))
  const members = end < 0 ? group : group.slice(0, end)
  const differing: Differing[] = []
  for (const { built, known } of members) {
    if (known?.kind !== 'state') continue
    if (known.changes.length > 0) {
      differing.push({ built, reading: known })
    } else {
      host.progress.begin(built)
      host.finish(built, { status: 'ok' })
    }
  }
  host.cache.narrow()
  for (const ended of await applyGroup(host, differing, neighbours(all, position + members.length))) tell(host, ended)
}

// The task at `start` with those right after it that can be applied in the same exchange: of one type whose states do
// not influence each other, for the same user, without controls of their own.
function neighbours(tasks: readonly BuiltTask[], start: number): BuiltTask[] {
  const [first, ...rest] = tasks.slice(start, start + largestGroup)
  if (!first) return []
  const { resource } = first.task
  if ((!resource.independent && !resource.applyTogether) || hasControls(first)) return [first]
  const other = rest.findIndex(
    (built) => built.task.resource !== resource || built.user !== first.user || hasControls(built),
  )
  return [first, ...(other < 0 ? rest : rest.slice(0, other))]
}
