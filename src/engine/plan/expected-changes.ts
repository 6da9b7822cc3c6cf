/** Expected changes: what the tasks of a plan would change, and which of them a later task waits for. */

import type { Task } from '../../model/task-tree.ts'
import { isElsewhere, mayProvide, type Need, type Provision } from '../../plan/provision.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import { needsOf, type Reading } from '../read/reading.ts'

interface ExpectedChange {
  readonly title: string
  /** The host that the task is for. */
  readonly owner: string
  /** The host that it is done on. */
  readonly on: string
  readonly batch: number
  readonly provisions: readonly Provision[]
}

/** The expected changes of all hosts, in order. Hosts of a batch run at the same time, so they do not wait for each other. */
export class ExpectedChanges {
  readonly #changes: ExpectedChange[] = []
  #batch = 0

  /** What comes now may wait for all hosts that came before. */
  beginBatch(): void {
    this.#batch += 1
  }

  /** `compiled`, a task for the host `owner`, would change something. */
  add(owner: string, compiled: CompiledTask, reading: Reading | undefined): void {
    this.#add(owner, compiled.task, provisionsOf(compiled.task, reading))
  }

  /** What follows from `task` is not known yet. */
  addFollowing(owner: string, task: Task): void {
    this.#add(owner, task, ['anything'])
  }

  /** The latest task that may provide what `compiled` could not be read without; undefined where none may. */
  providerFor(owner: string, compiled: CompiledTask, reading: Exclude<Reading, { kind: 'state' }>): string | undefined {
    const on = placeOf(owner, compiled.task)
    const needs = needsOf(reading)
    const found = this.#changes.findLast(
      (change) =>
        (change.owner === owner || change.batch < this.#batch) &&
        needs.some((need) => (change.on === on || isElsewhere(need)) && provides(change, need)),
    )
    return found && (found.owner === owner ? found.title : `${found.title} on ${found.owner}`)
  }

  #add(owner: string, task: Task, provisions: readonly Provision[]): void {
    this.#changes.push({ title: task.title, owner, on: placeOf(owner, task), batch: this.#batch, provisions })
  }
}

function provides({ provisions }: ExpectedChange, need: Need): boolean {
  return provisions.some((provision) => mayProvide(provision, need))
}

function placeOf(owner: string, { delegateTo }: Task): string {
  return delegateTo ?? owner
}

function provisionsOf({ resource, desired }: Task, reading: Reading | undefined): readonly Provision[] {
  const state = reading?.kind === 'state' ? reading.state : undefined
  if (resource.provides) return resource.provides(desired, state)
  return resource.writes?.(desired, state).map(({ path }): Provision => `path ${path}`) ?? ['anything']
}
