/** Preconditions: tasks that only check are checked before the first change. */

import type { FoobarDeployError } from '../../errors.ts'
import { namedFit } from '../../plan/provision.ts'
import type { CompiledNode, CompiledTask } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import { ExpectedChanges } from '../plan/expected-changes.ts'
import { isUpToDate } from '../read/reading.ts'
import { unreadable } from './task-failure.ts'

/** A precondition that does not hold. */
export interface FailedPrecondition {
  readonly compiled: CompiledTask
  readonly error: FoobarDeployError
}

/**
 * The preconditions in `nodes` that do not hold. One keeps its place if an earlier task names what it needs; so does one whose
 * failure is allowed or leads to a rescue. Reads all tasks of the host in one round trip, as its first task would.
 */
export async function failedPreconditions(
  host: HostRun,
  nodes: readonly CompiledNode[],
): Promise<FailedPrecondition[]> {
  const preconditions = new Set(preconditionsIn(nodes))
  if (preconditions.size === 0) return []
  const tasks = host.tasks.filter((compiled) => !host.progress.isFinished(compiled))
  await host.cache.readMissing(tasks)
  const expected = new ExpectedChanges()
  return tasks.flatMap((compiled) => {
    const reading = host.cache.get(compiled)
    if (!reading || isUpToDate(reading)) return []
    const fails = preconditions.has(compiled) && reading.kind !== 'state'
    if (fails && expected.providerFor(host.name, compiled, reading, namedFit) === undefined) {
      return [{ compiled, error: unreadable(host.name, compiled, reading) }]
    }
    expected.add(host.name, compiled, reading)
    return []
  })
}

function preconditionsIn(nodes: readonly CompiledNode[]): CompiledTask[] {
  return nodes.flatMap((node) => {
    switch (node.kind) {
      case 'task':
        return isCheckedAhead(node) ? [node] : []
      case 'block':
        return preconditionsIn(node.rescue ? node.always : [...node.nodes, ...node.always])
      case 'revertible':
        return preconditionsIn(node.nodes)
      default:
        return []
    }
  })
}

function isCheckedAhead({
  task: { resource, runOnce, ignoreFailure, ignoreUnreachable, retry },
}: CompiledTask): boolean {
  return Boolean(resource.isPrecondition) && !(runOnce || ignoreFailure || ignoreUnreachable || retry)
}
