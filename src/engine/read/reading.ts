/** Readings: what the answers say of a task, compared with what it desires. */

import { FoobarDeployError, messageOf } from '../../errors.ts'
import type { Task } from '../../model/task-tree.ts'

import type { Change } from '../../plan/change.ts'
import type { Queries, Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import type { BuiltTask } from '../compile/built.ts'
import type { AnswersByKey } from './read-batch.ts'

/** What is known of a task's thing on a host. */
export type Reading =
  | { readonly kind: 'state'; readonly state: unknown; readonly changes: readonly Change[] }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly hint: string | undefined }
  | { readonly kind: 'error'; readonly error: FoobarDeployError }

/** A task whose state is known and differs from what it desires. */
export interface Differing {
  readonly built: BuiltTask
  readonly reading: Extract<Reading, { kind: 'state' }>
}

/** The queries of a task. */
export function queriesOf(task: Task): Queries {
  return task.resource.read(task.desired)
}

/** The queries of all `tasks`. */
export function queriesFor(tasks: readonly BuiltTask[]): Query<unknown>[] {
  return tasks.flatMap(({ task }) => Object.values(queriesOf(task)))
}

/** Reads a task's state out of the answers and compares. */
export function readTask(task: Task, answers: AnswersByKey): Reading {
  const { resource, desired } = task
  try {
    const named = Object.entries(queriesOf(task)).map(([name, { key }]) => {
      const found = answers.get(key)
      if (!found) throw new Error(`the query ${key} was not asked`)
      if ('error' in found) throw found.error
      return [name, found.answer] as const
    })
    const state: unknown = resource.parse(Object.fromEntries(named), desired)
    if (state instanceof Unavailable) return { kind: 'unavailable', reason: state.reason, hint: state.hint }
    return { kind: 'state', state, changes: resource.diff(state, desired) }
  } catch (thrown) {
    if (thrown instanceof FoobarDeployError) return { kind: 'error', error: thrown }
    const error = new FoobarDeployError('task', 'unreadable', 'The state could not be read', {
      detail: messageOf(thrown),
      cause: thrown,
    })
    return { kind: 'error', error }
  }
}

/** Whether the host is known to be as desired. */
export function agrees(reading: Reading | undefined): boolean {
  return reading?.kind === 'state' && reading.changes.length === 0
}

/** Whether the second reading found just the differences of the first. */
export function unmoved(before: Reading, after: Reading | undefined): boolean {
  if (before.kind !== 'state' || after?.kind !== 'state') return false
  return JSON.stringify(before.changes) === JSON.stringify(after.changes)
}
