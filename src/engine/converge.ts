/** Converging: tasks in order; what agrees costs nothing more, what differs is applied and read again. */

import { FoobarDeployError } from '../errors.ts'
import { applyGroup } from './apply-group.ts'
import type { BuiltTask } from './build.ts'
import type { HostRun } from './host-run.ts'
import type { Differing } from './reading.ts'
import { unreadable } from './task-failure.ts'

const largestGroup = 100

/**
 * Makes `tasks` hold on the host. `later` are the tasks that come after them, which may be read ahead. Throws the error
 * of the task that failed, after it was told; a run that is to stop throws `interrupted` before the next task.
 */
export async function converge(host: HostRun, tasks: readonly BuiltTask[], later: readonly BuiltTask[]): Promise<void> {
  let position = 0
  while (position < tasks.length) {
    if (host.shared.stop?.aborted) throw interrupted(host)
    const built = tasks[position] as BuiltTask
    const reading = host.known(built)
    if (!reading) {
      await host.read([...tasks.slice(position), ...later].slice(0, host.window))
      host.window *= 4
      continue
    }
    if (reading.kind === 'state' && reading.changes.length > 0) {
      const group = groupFrom(host, tasks, position)
      const next = [...tasks.slice(position + group.span), ...later]
      host.window = 1
      for (const agreeing of group.agreeing) report(host, agreeing)
      await applyGroup(host, group.differing, next.slice(0, host.window))
      position += group.span
      continue
    }
    report(host, built)
    if (reading.kind === 'state') position += 1
    else throw unreadable(host.name, built, reading)
  }
}

function report(host: HostRun, built: BuiltTask): void {
  const reading = host.known(built)
  host.shared.emit({ type: 'task-started', host: host.name, task: built.reference })
  if (!reading || reading.kind === 'state') host.finish(built, { status: 'ok' })
  else host.finish(built, { status: 'failed', error: unreadable(host.name, built, reading) })
}

// Neighbours of one type that are read and cannot influence each other are applied in one exchange. Those among them
// that agree already stay as they were read.
function groupFrom(host: HostRun, tasks: readonly BuiltTask[], start: number) {
  const first = tasks[start] as BuiltTask
  const { resource } = first.task
  const together = resource.independent === true || resource.applyTogether !== undefined
  const differing: Differing[] = []
  const agreeing: BuiltTask[] = []
  let span = 0
  for (const built of tasks.slice(start, start + largestGroup)) {
    const reading = host.known(built)
    if (built.task.resource !== resource || built.user !== first.user || reading?.kind !== 'state') break
    if (span > 0 && !together) break
    if (reading.changes.length > 0) differing.push({ built, reading })
    else agreeing.push(built)
    span += 1
  }
  return { differing, agreeing, span }
}

function interrupted(host: HostRun): FoobarDeployError {
  return new FoobarDeployError('interrupted', 'interrupted', 'The run was interrupted', { host: host.name })
}
