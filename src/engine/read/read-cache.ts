/** The observed states of a host's tasks: read ahead in batches, and dropped when something changes. */

import type { CompiledTask } from '../compile/compiled-play.ts'
import type { Reading } from './reading.ts'

/** A number that grows with every change on any host of the run. */
export interface Epoch {
  epoch: number
}

/** Reads the states of tasks from their hosts. */
export type ReadStates = (tasks: readonly CompiledTask[]) => Promise<Iterable<readonly [CompiledTask, Reading]>>

// By how much the window grows each time that nothing in it differed.
const windowGrowth = 4

/** Holds what was read until a change makes it doubtful. */
export class ReadCache {
  readonly #shared: Epoch
  readonly #readStates: ReadStates
  readonly #entries = new Map<CompiledTask, { readonly reading: Reading; readonly epoch: number }>()
  // How many tasks are read ahead at a time; falls to one with a change and grows while nothing changes.
  #window = Number.POSITIVE_INFINITY

  constructor(shared: Epoch, readStates: ReadStates) {
    this.#shared = shared
    this.#readStates = readStates
  }

  /** The observed state of `task`; undefined if it was not read since the last change. */
  get(task: CompiledTask): Reading | undefined {
    return this.#entries.get(task)?.reading
  }

  /** Reads `tasks`, whatever is in the cache. */
  async read(tasks: readonly CompiledTask[]): Promise<void> {
    const { epoch } = this.#shared
    for (const [task, reading] of await this.#readStates(tasks)) this.#entries.set(task, { reading, epoch })
  }

  /** Reads those of `tasks` that are not in the cache. */
  async readMissing(tasks: readonly CompiledTask[]): Promise<void> {
    const missing = tasks.filter((task) => !this.#entries.has(task))
    if (missing.length > 0) await this.read(missing)
  }

  /** Reads as many of `tasks` as the window allows, the first one at least. */
  async readAhead(tasks: readonly CompiledTask[]): Promise<void> {
    await this.read(tasks.slice(0, this.#window))
    this.#window *= windowGrowth
  }

  /** Something is about to be changed: from now on one task is read ahead, then more again. */
  narrow(): void {
    this.#window = 1
  }

  /** Something was changed: only `readings`, made in the same round trip, still hold. */
  replace(readings: ReadonlyMap<CompiledTask, Reading> = new Map()): void {
    this.#shared.epoch += 1
    const { epoch } = this.#shared
    this.#entries.clear()
    for (const [task, reading] of readings) this.#entries.set(task, { reading, epoch })
  }

  /** Drops what was read before the latest change on any host. */
  dropStale(): void {
    for (const [task, { epoch }] of this.#entries) if (epoch < this.#shared.epoch) this.#entries.delete(task)
  }

  /** Takes over what `other` has read. Nothing has changed on any host since. */
  adopt(other: ReadCache): void {
    const { epoch } = this.#shared
    for (const [task, { reading }] of other.#entries) this.#entries.set(task, { reading, epoch })
  }
}
