/** Converging: tasks in order; what agrees costs nothing more, what differs is applied and read again. */

import type { CompiledTask } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import { type Drifted, isUpToDate } from '../read/reading.ts'
import { applyGroup } from './apply-group.ts'
import { applyWithControls, hasControls, isDue, tell } from './apply-with-controls.ts'
import { unreadable } from './task-failure.ts'

const largestGroup = 100

/**
 * Makes `tasks` hold on the host. `later` are the tasks that come after them, which may be read ahead. Throws the error
 * of the task that failed, after it was told; a run that is to stop throws before the next task.
 */
export async function converge(
  host: HostRun,
  tasks: readonly CompiledTask[],
  later: readonly CompiledTask[],
): Promise<void> {
  const all = [...tasks, ...later]
  let position = 0
  const skipFinished = () => {
    while (position < tasks.length && host.progress.isFinished(tasks[position] as CompiledTask)) position += 1
  }
  for (skipFinished(); position < tasks.length; skipFinished()) {
    host.refuseToGoOn()
    const compiled = tasks[position] as CompiledTask
    const reading = host.cache.get(compiled)
    if (!reading) {
      await host.cache.readAhead(all.slice(position))
    } else if (hasControls(compiled) || (host.shared.questions.asksChanges && isDue(host, compiled))) {
      await applyWithControls(host, compiled, neighbours(all, position + 1))
    } else if (reading.kind === 'state' && reading.changes.length > 0) {
      await applyBatch(host, tasks, all, position)
    } else {
      host.progress.begin(compiled)
      if (reading.kind === 'state') host.finish(compiled, { status: 'ok' })
      else tell(host, { compiled, outcome: { status: 'failed', error: unreadable(host.name, compiled, reading) } })
    }
  }
}

async function applyBatch(
  host: HostRun,
  tasks: readonly CompiledTask[],
  all: readonly CompiledTask[],
  position: number,
): Promise<void> {
  const group = neighbours(tasks, position).map((compiled) => ({ compiled, reading: host.cache.get(compiled) }))
  // A member that agrees is told as it was read, which holds only where the others cannot change it.
  const isIndependent = group[0]?.compiled.task.resource.independent === true
  const end = group.findIndex(({ reading }) => reading?.kind !== 'state' || (!isIndependent && isUpToDate(reading)))
  const members = end < 0 ? group : group.slice(0, end)
  const drifted: Drifted[] = []
  for (const { compiled, reading } of members) {
    if (reading?.kind !== 'state') continue
    if (reading.changes.length > 0) {
      drifted.push({ compiled, reading })
    } else {
      host.progress.begin(compiled)
      host.finish(compiled, { status: 'ok' })
    }
  }
  host.cache.narrow()
  for (const ended of await applyGroup(host, drifted, neighbours(all, position + members.length))) tell(host, ended)
}

// The task at `start` with those right after it that can be applied in the same round trip: of one type whose states do
// not influence each other, for the same user, without controls of their own.
function neighbours(tasks: readonly CompiledTask[], start: number): CompiledTask[] {
  const [first, ...rest] = tasks.slice(start, start + largestGroup)
  if (!first) return []
  const { resource } = first.task
  if ((!resource.independent && !resource.applyTogether) || hasControls(first)) return [first]
  const other = rest.findIndex(
    (compiled) => compiled.task.resource !== resource || compiled.user !== first.user || hasControls(compiled),
  )
  return [first, ...(other < 0 ? rest : rest.slice(0, other))]
}
