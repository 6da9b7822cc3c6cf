/** Expected changes: what the tasks of a plan would change, and which of them a later task waits for. */

import type { Task } from '../../model/task-tree.ts'
import { anyFit, fitOf, isElsewhere, type Provision } from '../../plan/provision.ts'
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

  /**
   * The task that fits best what `compiled` could not be read without, the latest of several; undefined where none does.
   * `leastFit` is how closely it must fit.
   */
  providerFor(
    owner: string,
    compiled: CompiledTask,
    reading: Exclude<Reading, { kind: 'state' }>,
    leastFit = anyFit,
  ): string | undefined {
    const on = placeOf(owner, compiled.task)
    const needs = needsOf(reading)
    const ahead = this.#changes.filter((change) => change.owner === owner || change.batch < this.#batch)
    const fits = ahead.map((change) => {
      const wanted = change.on === on ? needs : needs.filter(isElsewhere)
      return Math.max(0, ...change.provisions.flatMap((provision) => wanted.map((need) => fitOf(provision, need))))
    })
    const best = Math.max(0, ...fits)
    const found = best >= leastFit ? ahead[fits.lastIndexOf(best)] : undefined
    return found && (found.owner === owner ? found.title : `${found.title} on ${found.owner}`)
  }

  #add(owner: string, task: Task, provisions: readonly Provision[]): void {
    this.#changes.push({ title: task.title, owner, on: placeOf(owner, task), batch: this.#batch, provisions })
  }
}

function placeOf(owner: string, { delegateTo }: Task): string {
  return delegateTo ?? owner
}

function provisionsOf({ resource, desired }: Task, reading: Reading | undefined): readonly Provision[] {
  const state = reading?.kind === 'state' ? reading.state : undefined
  if (resource.provides) return resource.provides(desired, state)
  return resource.writes?.(desired, state).map(({ path }): Provision => `path ${path}`) ?? ['anything']
}
