/** Converging: tasks in order; what agrees costs nothing more, what differs is applied and read again. */

import { FoobarDeployError } from '../errors.ts'
import { applyGroup } from './apply-group.ts'
import type { BuiltTask } from './build.ts'
import type { HostRun } from './host-run.ts'
import type { Differing } from './reading.ts'
import { unreadable } from './task-failure.ts'

const largestGroup = 100
// By how much the window grows each time that all of it agreed.
const windowGrowth = 4

/**
 * Makes `tasks` hold on the host. `later` are the tasks that come after them, which may be read ahead. Throws the error
 * of the task that failed, after it was told; a run that is to stop throws `interrupted` before the next task.
 */
export async function converge(host: HostRun, tasks: readonly BuiltTask[], later: readonly BuiltTask[]): Promise<void> {
  const all = [...tasks, ...later]
  let position = 0
  while (position < tasks.length) {
    if (host.shared.stop?.aborted) throw interrupted(host)
    const built = tasks[position] as BuiltTask
    const reading = host.known(built)
    if (!reading) {
      await host.read(all.slice(position, position + host.window))
      host.window *= windowGrowth
      continue
    }
    if (reading.kind === 'state' && reading.changes.length > 0) {
      const group = neighbours(tasks, position).map((member) => ({ member, known: host.known(member) }))
      const unread = group.findIndex(({ known }) => known?.kind !== 'state')
      const span = unread < 0 ? group.length : unread
      const differing = group
        .slice(0, span)
        .flatMap(({ member, known }): Differing[] =>
          known?.kind === 'state' && known.changes.length > 0 ? [{ built: member, reading: known }] : [],
        )
      const changing = new Set(differing.map(({ built: member }) => member))
      for (const { member } of group.slice(0, span)) if (!changing.has(member)) report(host, member)
      await applyGroup(host, differing, neighbours(all, position + span))
      host.window = 1
      while (position < tasks.length && host.isFinished(tasks[position] as BuiltTask)) position += 1
      continue
    }
    report(host, built)
    if (reading.kind !== 'state') throw unreadable(host.name, built, reading)
    position += 1
  }
}

// The task at `start` with those right after it that can be applied in the same exchange: of one type whose states do
// not influence each other, for the same user.
function neighbours(tasks: readonly BuiltTask[], start: number): BuiltTask[] {
  const [first, ...rest] = tasks.slice(start, start + largestGroup)
  if (!first) return []
  const { resource } = first.task
  if (!resource.independent && !resource.applyTogether) return [first]
  const other = rest.findIndex(({ task, user }) => task.resource !== resource || user !== first.user)
  return [first, ...(other < 0 ? rest : rest.slice(0, other))]
}

function report(host: HostRun, built: BuiltTask): void {
  const reading = host.known(built)
  host.shared.emit({ type: 'task-started', host: host.name, task: built.reference })
  if (!reading || reading.kind === 'state') host.finish(built, { status: 'ok' })
  else host.finish(built, { status: 'failed', error: unreadable(host.name, built, reading) })
}

function interrupted(host: HostRun): FoobarDeployError {
  return new FoobarDeployError('interrupted', 'interrupted', 'The run was interrupted', { host: host.name })
}
