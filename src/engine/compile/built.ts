/** What plays come to on hosts: tasks in their places, and the control of them. */

import type { Flush, Revertible, Task, TaskResult } from '../../model/task-tree.ts'
import type { TaskReference } from '../events.ts'

/** A task in its place on a host. */
export interface BuiltTask {
  readonly kind: 'task'
  readonly task: Task
  readonly reference: TaskReference
  /** The user it runs as; undefined for the one who connected. */
  readonly user: string | undefined
  /** Its own, its play's. */
  readonly tags: readonly string[]
}

/** A block in its place. */
export interface BuiltBlock {
  readonly kind: 'block'
  readonly nodes: readonly BuiltNode[]
  readonly rescue: readonly BuiltNode[] | undefined
  readonly always: readonly BuiltNode[]
}

/** What is built when the result of `of` is there. */
export interface BuiltFollowing {
  readonly kind: 'following'
  readonly of: Task
  readonly build: (result: TaskResult) => readonly BuiltNode[]
}

/** Tasks that revert unless a new connection confirms them. */
export interface BuiltRevertible extends Omit<Revertible, 'tasks'> {
  readonly nodes: readonly BuiltNode[]
}

/** What stands in a built play. */
export type BuiltNode = BuiltTask | BuiltBlock | BuiltFollowing | BuiltRevertible | Flush

/** The tasks that run if nothing fails and nothing follows from a result. */
export function tasksIn(nodes: readonly BuiltNode[]): BuiltTask[] {
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
export function filterNodes(nodes: readonly BuiltNode[], isWanted: (built: BuiltTask) => boolean): BuiltNode[] {
  return nodes.flatMap((node) => filterNode(node, isWanted))
}

function filterNode(node: BuiltNode, isWanted: (built: BuiltTask) => boolean): BuiltNode[] {
  const inner = (list: readonly BuiltNode[]) => filterNodes(list, isWanted)
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
