/** Readings: what the answers say of a task, compared with what it desires. */

import { FoobarDeployError, messageOf } from '../../errors.ts'
import type { Task } from '../../model/task-tree.ts'

import type { Change } from '../../plan/change.ts'
import { type Need, pathAndAbove } from '../../plan/provision.ts'
import type { Queries, Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { describeUnsafe, pathSafety, remedyFor, type UnsafePart } from '../../resources/files/path-safety.query.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import { givenAccountsOf, missingAccount } from './given-accounts.ts'
import type { AnswersByKey } from './read-batch.ts'

/** What was read, compared with what is desired. */
export interface StateReading {
  readonly kind: 'state'
  readonly state: unknown
  readonly changes: readonly Change[]
}

/** What is known of a task's thing on a host. */
export type Reading =
  | StateReading
  | {
      readonly kind: 'unavailable'
      readonly reason: string
      readonly hint: string | undefined
      readonly needs: readonly Need[]
      /** What is known all the same, where the task could be read but not applied. */
      readonly known?: StateReading
    }
  | { readonly kind: 'error'; readonly error: FoobarDeployError }

/** A task whose state is known and differs from what it desires. */
export interface Drifted {
  readonly compiled: CompiledTask
  readonly reading: StateReading
}

/** The queries of a task: what its resource asks, whether root may write to its paths, and whom they are given to. */
function queriesOf(task: Task): Queries {
  return { ...task.resource.read(task.desired), ...pathQueriesOf(task), ...givenAccountsOf(task) }
}

// No resource has a query of such a name.
function pathQueriesOf({
  resource,
  desired,
  unsafePath,
}: Task): Readonly<Record<string, Query<UnsafePart | undefined>>> {
  const uses = unsafePath ? [] : (resource.writes?.(desired) ?? [])
  return Object.fromEntries(uses.map((use, index) => [`path ${index}`, pathSafety(use)]))
}

/** The queries of all `tasks`. */
export function queriesFor(tasks: readonly CompiledTask[]): Query<unknown>[] {
  return tasks.flatMap(({ task }) => Object.values(queriesOf(task)))
}

/** Reads a task's state out of the answers and compares. */
export function readTask(task: Task, answers: AnswersByKey): Reading {
  const { resource, desired } = task
  try {
    const unsafe = Object.values(answersTo(pathQueriesOf(task), answers)).find((part) => part !== undefined)
    // That a folder is not there yet is said better by the resource.
    if (unsafe && unsafe.why !== 'absent') return { kind: 'error', error: unsafePath(unsafe) }
    const state: unknown = resource.parse(answersTo(resource.read(desired), answers), desired)
    if (state instanceof Unavailable) return { kind: 'unavailable', ...state }
    if (unsafe) return { kind: 'error', error: unsafePath(unsafe) }
    const known: StateReading = { kind: 'state', state, changes: resource.diff(state, desired) }
    const missing = isUpToDate(known) ? undefined : missingAccount(answersTo(givenAccountsOf(task), answers))
    return missing ? { kind: 'unavailable', ...missing, known } : known
  } catch (thrown) {
    if (thrown instanceof FoobarDeployError) return { kind: 'error', error: thrown }
    const error = new FoobarDeployError('task', 'unreadable', 'The state of the resource could not be read', {
      detail: messageOf(thrown),
      cause: thrown,
    })
    return { kind: 'error', error }
  }
}

function answersTo<Answer>(
  queries: Readonly<Record<string, Query<Answer>>>,
  answers: AnswersByKey,
): Record<string, Answer> {
  const named = Object.entries(queries).map(([name, { key }]) => {
    const found = answers.get(key)
    if (!found) throw new Error(`the query ${key} was not asked`)
    if ('error' in found) throw found.error
    return [name, found.answer as Answer] as const
  })
  return Object.fromEntries(named)
}

function unsafePath(part: UnsafePart): FoobarDeployError {
  return new FoobarDeployError('task', 'unsafe-path', 'Root does not write where another user can redirect it', {
    detail: describeUnsafe(part),
    hint: remedyFor(part),
    needs: pathAndAbove(part.path),
  })
}

/** What an earlier task may provide so that a state can be read; each may be what is lacking. */
export function needsOf(reading: Exclude<Reading, { kind: 'state' }>): readonly Need[] {
  return reading.kind === 'unavailable' ? reading.needs : ((reading.error.needs ?? []) as readonly Need[])
}

/** The state, where it could be read. */
export function knownState(reading: Reading | undefined): StateReading | undefined {
  if (reading?.kind === 'state') return reading
  return reading?.kind === 'unavailable' ? reading.known : undefined
}

/** Whether the host is known to be as desired. */
export function isUpToDate(reading: Reading | undefined): boolean {
  return reading?.kind === 'state' && reading.changes.length === 0
}

/** Whether the second reading found just the differences of the first. */
export function isSameDrift(before: Reading, after: Reading | undefined): boolean {
  if (before.kind !== 'state' || after?.kind !== 'state') return false
  return JSON.stringify(before.changes) === JSON.stringify(after.changes)
}
