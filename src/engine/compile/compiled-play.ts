/** Compiled plays: the tasks of one host with their control flow. */

import type { Flush, Revertible, Task, TaskResult } from '../../model/task-tree.ts'
import type { TaskReference } from '../events.ts'

/** A task in its place on a host. */
export interface CompiledTask {
  readonly kind: 'task'
  readonly task: Task
  readonly reference: TaskReference
  /** The user it runs as; undefined for the one who connected. */
  readonly user: string | undefined
  /** Its own, its play's. */
  readonly tags: readonly string[]
}

/** A block in its place. */
export interface CompiledBlock {
  readonly kind: 'block'
  readonly nodes: readonly CompiledNode[]
  readonly rescue: readonly CompiledNode[] | undefined
  readonly always: readonly CompiledNode[]
}

/** Tasks that are compiled when the result of `of` is known. */
export interface CompiledFollowing {
  readonly kind: 'following'
  readonly of: Task
  readonly build: (result: TaskResult) => readonly CompiledNode[]
}

/** Tasks that revert unless a new connection confirms them. */
export interface CompiledRevertible extends Omit<Revertible, 'tasks'> {
  readonly nodes: readonly CompiledNode[]
}

/** A node of a compiled play. */
export type CompiledNode = CompiledTask | CompiledBlock | CompiledFollowing | CompiledRevertible | Flush

/** The tasks that run if nothing fails and nothing follows from a result. */
export function tasksIn(nodes: readonly CompiledNode[]): CompiledTask[] {
  return nodes.flatMap((node) => {
    switch (node.kind) {
      case 'task':
        return [node]
      case 'block':
        return [...tasksIn(node.nodes), ...tasksIn(node.always)]
      case 'revertible':
        return tasksIn(node.nodes)
      default:
        return []
    }
  })
}

/** The same nodes with the tasks alone that `isWanted`. */
export function filterNodes(
  nodes: readonly CompiledNode[],
  isWanted: (compiled: CompiledTask) => boolean,
): CompiledNode[] {
  return nodes.flatMap((node) => filterNode(node, isWanted))
}

function filterNode(node: CompiledNode, isWanted: (compiled: CompiledTask) => boolean): CompiledNode[] {
  const inner = (list: readonly CompiledNode[]) => filterNodes(list, isWanted)
  switch (node.kind) {
    case 'task':
      return isWanted(node) ? [node] : []
    case 'block':
      return [
        { ...node, nodes: inner(node.nodes), rescue: node.rescue && inner(node.rescue), always: inner(node.always) },
      ]
    case 'revertible':
      return [{ ...node, nodes: inner(node.nodes) }]
    case 'following':
      return [{ ...node, build: (result) => inner(node.build(result)) }]
    case 'flush':
      return [node]
  }
}
