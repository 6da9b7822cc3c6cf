/** Compiles the lists of tasks that roles and plays return into the nodes of one host. */

import { definedOnly } from '../../errors.ts'
import type { Play } from '../../model/playbook.ts'
import { definitionError, type Problem } from '../../model/problem.ts'
import { controller, flattenTasks } from '../../model/task.ts'
import type { Block, Following, Revertible, Task, TaskList, TaskNode } from '../../model/task-tree.ts'
import type { CompiledNode, CompiledTask } from './compiled-play.ts'

/** Where a list of tasks stands: its play, its role. */
export interface CompileContext {
  readonly play: Play
  readonly role: string | undefined
  readonly problems: Problem[]
  /** The position of the next task on the host. */
  next(): number
}

/** The nodes of `list`; what is wrong with its tasks is added to the place's problems. */
export function compileNodes(list: TaskList, place: CompileContext): CompiledNode[] {
  return flattenTasks(list).map((node) => compileNode(node, place))
}

function compileNode(node: TaskNode, place: CompileContext): CompiledNode {
  switch (node.kind) {
    case 'task':
      return compileTask(node, place)
    case 'block':
      return compileBlock(node, place)
    case 'following':
      return compileFollowing(node, place)
    case 'revertible':
      return compileRevertible(node, place)
    case 'flush':
      return node
  }
}

function compileTask(task: Task, place: CompileContext): CompiledTask {
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
function tagsOf({ tags }: Task, { play, role }: CompileContext): string[] {
  const isPlain = role !== undefined && !tags.includes('never')
  return [...new Set([...tags, ...(play.tags ?? []), ...(isPlain ? [role] : [])])]
}

function compileBlock({ tasks, rescue, always }: Block, place: CompileContext): CompiledNode {
  return {
    kind: 'block',
    nodes: compileNodes(tasks, place),
    rescue: rescue && compileNodes(rescue, place),
    always: compileNodes(always, place),
  }
}

function compileRevertible({ tasks, ...rest }: Revertible, place: CompileContext): CompiledNode {
  return { ...rest, nodes: compileNodes(tasks, place) }
}

function compileFollowing({ of, tasks }: Following, place: CompileContext): CompiledNode {
  return {
    kind: 'following',
    of,
    build: (result) => {
      const problems: Problem[] = []
      const nodes = compileNodes(tasks(result), { ...place, problems })
      if (problems.length > 0)
        throw definitionError(
          problems,
          'Fix what `after` returns and run again. What is already done is not done twice.',
        )
      return nodes
    },
  }
}

function problemsIn({ problems, notify }: Task): Problem[] {
  return [...problems, ...notify.flatMap(({ tasks }) => tasks.flatMap(problemsIn))]
}
