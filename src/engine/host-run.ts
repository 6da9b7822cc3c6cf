/** One host's way through a run: its link, its tasks, what was read ahead, and what it came to. */

import type { FoobarDeployError } from '../errors.ts'
import type { Facts } from '../model/facts.ts'
import type { Change } from '../plan/change.ts'
import type { Query } from '../plan/query.ts'
import { type Status, statuses } from '../plan/status.ts'
import type { BuiltTask } from './build.ts'
import type { Emit, HostRecap, RunMode } from './events.ts'
import { factsScript, parseFacts } from './facts-script.ts'
import type { HostLink } from './host-link.ts'
import { batchReads } from './read-batch.ts'
import { queriesOf, type Reading, readTask } from './reading.ts'

/** What all hosts of a run share. */
export interface SharedRun {
  readonly mode: RunMode
  readonly diff: boolean
  readonly emit: Emit
  readonly stop: AbortSignal | undefined
  /** Grows with every change on any host: what was read before it is not trusted in a later play. */
  epoch: number
}

/** How a task ended, as {@link HostRun.finish} takes it. */
export interface TaskOutcome {
  readonly status: Status
  readonly changes?: readonly Change[]
  readonly diffs?: readonly string[]
  readonly reason?: string
  readonly error?: FoobarDeployError
  readonly durationMs?: number
}

/** See the file's first line. */
export class HostRun {
  readonly name: string
  readonly shared: SharedRun
  readonly link: HostLink
  /** The user of the first shell. */
  readonly user: string | undefined
  facts: Facts | undefined
  /** All tasks selected for this host, over all plays. */
  tasks: readonly BuiltTask[] = []
  /** Handlers that were notified and have not run, of this run and earlier ones. */
  readonly owed = new Set<string>()
  /** Why the host left the run. */
  error: FoobarDeployError | undefined
  /** How many tasks are read ahead at a time; falls to one with a change and grows while nothing changes. */
  window = Number.POSITIVE_INFINITY
  readonly #statuses = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>
  readonly #timings = { connectMs: 0, firstExchangeMs: 0, readMs: 0, applyMs: 0 }
  readonly #finished = new Set<BuiltTask>()
  readonly #ahead = new Map<BuiltTask, { readonly reading: Reading; readonly epoch: number }>()

  constructor(name: string, user: string | undefined, link: HostLink, shared: SharedRun) {
    this.name = name
    this.user = user
    this.link = link
    this.shared = shared
  }

  /** Connects, takes the lock where changes are to be made, and learns the facts. */
  async start(): Promise<void> {
    const { mode, emit } = this.shared
    await this.timed('connectMs', () => this.link.connect())
    emit({ type: 'host-connected', host: this.name, durationMs: this.#timings.connectMs })
    const [result] = await this.timed('firstExchangeMs', () =>
      this.link.start([{ kind: 'read', script: factsScript }], mode === 'apply'),
    )
    const { facts, owed } = parseFacts(result?.stdout.toString() ?? '')
    this.facts = facts
    for (const name of owed) this.owed.add(name)
    if (mode === 'plan') await this.#noticeReadOnly()
  }

  /** What is known of `task`, if it may still be trusted. */
  known(task: BuiltTask): Reading | undefined {
    return this.#ahead.get(task)?.reading
  }

  /** Reads `tasks`, in one exchange for each user among them. */
  async read(tasks: readonly BuiltTask[]): Promise<void> {
    const { epoch } = this.shared
    const byUser = [...Map.groupBy(tasks, ({ user }) => user)]
    await this.timed('readMs', () =>
      Promise.all(
        byUser.map(async ([user, members]) => {
          const batch = batchReads(queriesFor(members))
          const answers = batch.answers(await this.link.read(user, batch.sections))
          for (const member of members) this.#ahead.set(member, { reading: readTask(member.task, answers), epoch })
        }),
      ),
    )
  }

  /** Asks queries that belong to no task's state. */
  async ask(user: string | undefined, queries: readonly Query<unknown>[]) {
    const batch = batchReads(queries)
    return batch.answers(await this.timed('readMs', () => this.link.read(user, batch.sections)))
  }

  /** Takes what was read in the exchange of a change, in place of all that was read before. */
  trustOnly(readings: ReadonlyMap<BuiltTask, Reading>): void {
    this.shared.epoch += 1
    this.#ahead.clear()
    for (const [task, reading] of readings) this.#ahead.set(task, { reading, epoch: this.shared.epoch })
  }

  /** Forgets what was read before the latest change on any host. */
  forgetStale(): void {
    for (const [task, { epoch }] of this.#ahead) if (epoch < this.shared.epoch) this.#ahead.delete(task)
  }

  /** Tells how a task ended, and counts it. */
  finish(task: BuiltTask, outcome: TaskOutcome): void {
    const { changes = [], diffs = [], durationMs = 0, ...rest } = outcome
    this.#finished.add(task)
    this.#statuses[outcome.status] += 1
    const { reference } = task
    this.shared.emit({ type: 'task-finished', host: this.name, task: reference, changes, diffs, durationMs, ...rest })
  }

  /** Whether it was told how `task` ended. */
  isFinished(task: BuiltTask): boolean {
    return this.#finished.has(task)
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

  /** What the host came to. */
  async recap(): Promise<HostRecap> {
    const { exchanges, sent, received } = await this.link.counts()
    const isLost = this.error?.family === 'unreachable'
    const notReached = this.tasks.filter((task) => !this.#finished.has(task)).map(({ reference }) => reference.title)
    return {
      // A host that is lost counts once, whether or not it was lost in a task.
      statuses: isLost ? { ...this.#statuses, unreachable: Math.max(1, this.#statuses.unreachable) } : this.#statuses,
      exchanges,
      bytesSent: sent,
      bytesReceived: received,
      timings: this.#timings,
      ...(this.error ? { error: this.error } : {}),
      notReached,
      owed: [...this.owed],
    }
  }

  async #noticeReadOnly(): Promise<void> {
    const { readOnly, writable } = await this.link.greeting()
    const { emit } = this.shared
    if (readOnly === false) {
      const text =
        'the host does not allow a read-only mount namespace: that this plan writes nothing is not enforced by its kernel'
      emit({ type: 'notice', host: this.name, text })
    } else if (writable.length > 0) {
      emit({
        type: 'notice',
        host: this.name,
        text: `the kernel could not make these mounts read-only: ${writable.join(' ')}`,
      })
    }
  }
}

/** The queries of all `tasks`. */
export function queriesFor(tasks: readonly BuiltTask[]): Query<unknown>[] {
  return tasks.flatMap(({ task }) => Object.values(queriesOf(task)))
}
