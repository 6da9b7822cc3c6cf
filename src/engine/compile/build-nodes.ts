/** Building nodes: what roles and plays return, in its place on a host. */

import { definedOnly } from '../../errors.ts'
import type { Play } from '../../model/playbook.ts'
import { definitionError, type Problem } from '../../model/problem.ts'
import { controller, flattenTasks } from '../../model/task.ts'
import type { Block, Following, Revertible, Task, TaskList, TaskNode } from '../../model/task-tree.ts'
import type { BuiltNode, BuiltTask } from './built.ts'

/** Where nodes are built. */
export interface Place {
  readonly play: Play
  readonly role: string | undefined
  readonly problems: Problem[]
  /** The position of the next task on the host. */
  next(): number
}

/** The nodes of `list`; what is wrong with its tasks is added to the place's problems. */
export function buildNodes(list: TaskList, place: Place): BuiltNode[] {
  return flattenTasks(list).map((node) => buildNode(node, place))
}

function buildNode(node: TaskNode, place: Place): BuiltNode {
  switch (node.kind) {
    case 'task':
      return buildTask(node, place)
    case 'block':
      return buildBlock(node, place)
    case 'following':
      return buildFollowing(node, place)
    case 'revertible':
      return buildRevertible(node, place)
    case 'flush':
      return node
  }
}

function buildTask(task: Task, place: Place): BuiltTask {
  const { play, role, problems, next } = place
  problems.push(...problemsIn(task))
  const { title, resource, at } = task
  const user = task.become ?? (task.delegateTo === controller ? false : (play.become ?? 'root'))
  return {
    kind: 'task',
    task,
    reference: { index: next(), title, type: resource.type, play: play.name, ...definedOnly({ role, at }) },
    user: user === false ? undefined : user,
    tags: tagsOf(task, place),
  }
}

// A role's name asks for the role as it is: not for what it does only if asked for by name.
function tagsOf({ tags }: Task, { play, role }: Place): string[] {
  const isPlain = role !== undefined && !tags.includes('never')
  return [...new Set([...tags, ...(play.tags ?? []), ...(isPlain ? [role] : [])])]
}

function buildBlock({ tasks, rescue, always }: Block, place: Place): BuiltNode {
  return {
    kind: 'block',
    nodes: buildNodes(tasks, place),
    rescue: rescue && buildNodes(rescue, place),
    always: buildNodes(always, place),
  }
}

function buildRevertible({ tasks, ...rest }: Revertible, place: Place): BuiltNode {
  return { ...rest, nodes: buildNodes(tasks, place) }
}

function buildFollowing({ of, tasks }: Following, place: Place): BuiltNode {
  return {
    kind: 'following',
    of,
    build: (result) => {
      const problems: Problem[] = []
      const nodes = buildNodes(tasks(result), { ...place, problems })
      if (problems.length > 0) throw definitionError(problems)
      return nodes
    },
  }
}

function problemsIn({ problems, notify }: Task): Problem[] {
  return [...problems, ...notify.flatMap(({ tasks }) => tasks.flatMap(problemsIn))]
}
