/** Running nodes: tasks in order, blocks with their rescue, what follows from results, changes that revert. */

import { FoobarDeployError } from '../../errors.ts'
import {
  type CompiledBlock,
  type CompiledFollowing,
  type CompiledNode,
  type CompiledTask,
  tasksIn,
} from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import { runRevertible } from './commit-confirmed.ts'
import { converge } from './converge.ts'
import { runPendingHandlers } from './handlers.ts'

/**
 * Makes `nodes` hold on the host. `later` are the tasks after them, which may be read ahead. `notifiers` gathers all tasks
 * that may notify handlers, including those that are compiled on the way.
 */
export async function runNodes(
  host: HostRun,
  nodes: readonly CompiledNode[],
  later: readonly CompiledTask[],
  notifiers: CompiledTask[],
): Promise<void> {
  for (let start = 0; start < nodes.length; ) {
    const end = nodes.findIndex((node, index) => index >= start && node.kind !== 'task')
    const plain = nodes.slice(start, end < 0 ? nodes.length : end) as CompiledTask[]
    start += plain.length
    await converge(host, plain, [...tasksIn(nodes.slice(start)), ...later])
    const node = nodes[start]
    if (node) await runNode(host, node, [...tasksIn(nodes.slice(start + 1)), ...later], notifiers)
    start += 1
  }
}

async function runNode(
  host: HostRun,
  node: CompiledNode,
  later: readonly CompiledTask[],
  notifiers: CompiledTask[],
): Promise<void> {
  switch (node.kind) {
    case 'task':
      return converge(host, [node], later)
    case 'block':
      return runBlock(host, node, later, notifiers)
    case 'following':
      return runFollowing(host, node, later, notifiers)
    case 'flush':
      return runPendingHandlers(host, notifiers)
    case 'revertible':
      return runRevertible(host, node, async () => {
        await runNodes(host, node.nodes, later, notifiers)
        await runPendingHandlers(host, tasksIn(node.nodes))
      })
  }
}

async function runBlock(
  host: HostRun,
  { nodes, rescue, always }: CompiledBlock,
  later: readonly CompiledTask[],
  notifiers: CompiledTask[],
): Promise<void> {
  const ending = tasksIn(always)
  let failure: unknown
  try {
    await runNodes(host, nodes, [...ending, ...later], notifiers)
  } catch (thrown) {
    if (!isTaskFailure(thrown)) throw thrown
    failure = thrown
  }
  if (failure !== undefined && rescue) {
    try {
      notifiers.push(...tasksIn(rescue))
      await runNodes(host, rescue, ending, notifiers)
      failure = undefined
    } catch (thrown) {
      if (!isTaskFailure(thrown)) throw thrown
      failure = thrown
    }
  }
  await runNodes(host, always, later, notifiers)
  if (failure !== undefined) throw failure
}

// Interruption and a lost host end a block too, but there is nobody to rescue.
function isTaskFailure(thrown: unknown): boolean {
  return thrown instanceof FoobarDeployError && thrown.family === 'task'
}

async function runFollowing(
  host: HostRun,
  { of, build }: CompiledFollowing,
  later: readonly CompiledTask[],
  notifiers: CompiledTask[],
): Promise<void> {
  const result = host.progress.resultFor(of)
  // Its task was left out, by tags or otherwise, so nothing follows.
  if (!result) return
  const nodes = build(result)
  notifiers.push(...tasksIn(nodes))
  await runNodes(host, nodes, later, notifiers)
}
