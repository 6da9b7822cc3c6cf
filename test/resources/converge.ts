/** Reads, compares and applies a task on this machine, as the engine does on a host. */

import type { Task } from '../../src/model/task-tree.ts'
import type { Queries } from '../../src/plan/query.ts'
import type { AnyResource } from '../../src/plan/resource.ts'
import { Unavailable } from '../../src/plan/resource.ts'
import { carryOut } from './carry-out.ts'
import { actionsOf, queriesByKind } from './play-case.ts'
import { ask } from './run-script.ts'

/** The state and in what it differs. A task with problems, or whose state cannot be told, is an error. */
export function plan(task: Task): { state: unknown; changes: ReturnType<AnyResource['diff']> } {
  if (task.problems.length > 0) throw new Error(task.problems.map(({ path, message }) => `${path}: ${message}`).join())
  const answers = new Map<string, unknown>()
  for (const queries of queriesByKind(task).values()) {
    const [first] = queries
    const found = first
      ? ask(
          first.kind,
          queries.map(({ operand }) => operand),
        )
      : []
    for (const [index, { key }] of queries.entries()) answers.set(key, found[index])
  }
  const named = Object.entries(task.resource.read(task.desired) as Queries)
  const read = Object.fromEntries(named.map(([name, { key }]) => [name, answers.get(key)]))
  const state: unknown = task.resource.parse(read, task.desired)
  if (state instanceof Unavailable) throw new Error(state.reason)
  return { state, changes: task.resource.diff(state, task.desired) }
}

/** Applies what differs; `before` runs in the shell first. */
export function apply(task: Task, before = ''): { status: number; said: string } {
  const { state, changes } = plan(task)
  return carryOut(actionsOf(task, state, changes), before)
}

/** What a task changes by its keys, having changed it and found that nothing is left to change. */
export function converge(task: Task): string[] {
  const { changes } = plan(task)
  const { status, said } = changes.length > 0 ? apply(task) : { status: 0, said: '' }
  if (status !== 0) throw new Error(said)
  const left = plan(task).changes
  if (left.length > 0) throw new Error(`still differs: ${JSON.stringify(left)}`)
  return changes.map(({ key }) => key)
}
