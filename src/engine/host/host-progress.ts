/** How far a host has come: how each task ended, how often, and where the time went. */

import type { Task, TaskResult } from '../../model/task-tree.ts'
import { type Status, statuses } from '../../plan/status.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import type { Emit, HostRecap } from '../events.ts'
import type { TaskOutcome } from '../shared-run.ts'

/** Counts what a host does, and reports it as it happens. */
export class HostProgress {
  readonly #host: string
  readonly #emit: Emit
  readonly #results = new Map<Task, TaskResult>()
  readonly #finished = new Set<CompiledTask>()
  readonly #ignored: string[] = []
  readonly #statuses = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>
  readonly #timings = { connectMs: 0, firstRoundTripMs: 0, readMs: 0, applyMs: 0 }

  constructor(host: string, emit: Emit) {
    this.#host = host
    this.#emit = emit
  }

  /** A task is being worked on. */
  begin({ reference }: CompiledTask): void {
    this.#emit({ type: 'task-started', host: this.#host, task: reference })
  }

  /** A task has ended with `outcome`; `state` is what was read of it last. */
  finish(compiled: CompiledTask, outcome: TaskOutcome, state: unknown): void {
    const { changes = [], diffs = [], durationMs = 0, output: _output, ...rest } = outcome
    const { reference, task } = compiled
    this.#finished.add(compiled)
    this.#results.set(task, resultOf(task, outcome, state))
    if (outcome.ignored) this.#ignored.push(reference.title)
    this.#statuses[outcome.status] += 1
    this.#emit({ type: 'task-finished', host: this.#host, task: reference, changes, diffs, durationMs, ...rest })
  }

  /** Whether a task has ended. */
  isFinished(compiled: CompiledTask): boolean {
    return this.#finished.has(compiled)
  }

  /** How a task ended, for those that follow from it. */
  resultFor(task: Task): TaskResult | undefined {
    return this.#results.get(task)
  }

  /** Runs `work` and adds its time to a figure. */
  async timed<T>(figure: keyof HostRecap['timings'], work: () => Promise<T>): Promise<T> {
    const started = performance.now()
    try {
      return await work()
    } finally {
      this.#timings[figure] += performance.now() - started
    }
  }

  /** Counts the time that `other` took to read as its own. */
  addReadTime(other: HostProgress): void {
    this.#timings.readMs += other.#timings.readMs
  }

  /** What has been counted so far; of `tasks`, those that were not reached. */
  counts(tasks: readonly CompiledTask[]): Pick<HostRecap, 'statuses' | 'timings' | 'notReached' | 'ignored'> {
    return {
      statuses: this.#statuses,
      timings: this.#timings,
      notReached: tasks.filter((compiled) => !this.#finished.has(compiled)).map(({ reference }) => reference.title),
      ignored: this.#ignored,
    }
  }
}

/** The result of a task that ended with `outcome`. */
export function resultOf({ resource }: Task, outcome: TaskOutcome, state: unknown): TaskResult {
  const { status, changes = [] } = outcome
  const read = state === undefined ? '' : (resource.output?.(state) ?? '')
  return { status, changed: status === 'changed', changes, output: outcome.output ?? read, state }
}
