/** One host's way through a run: its link, its tasks, what was read ahead, and what it came to. */

import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Facts } from '../../model/facts.ts'
import { refuseUnsupported } from '../../model/supported-systems.ts'
import type { Task, TaskResult } from '../../model/task-tree.ts'

import type { Query } from '../../plan/query.ts'
import { type Status, statuses } from '../../plan/status.ts'
import { OnceOnly } from '../apply/turns.ts'
import type { BuiltTask } from '../compile/built.ts'
import type { HostRecap } from '../events.ts'
import { factSections, readFacts } from '../facts/gather-facts.ts'
import { noticeWritable } from '../notice-writable.ts'
import type { Planned } from '../plan/planned.ts'
import { batchReads } from '../read/read-batch.ts'
import { queriesFor, type Reading, readTask } from '../read/reading.ts'
import type { Executor, SharedRun, TaskOutcome } from '../shared-run.ts'
import type { HostLink } from './host-link.ts'

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
  /** How tasks ended, for those that follow from them. */
  readonly results = new Map<Task, TaskResult>()
  /** Tasks whose change was answered with no. */
  readonly declined = new Set<BuiltTask>()
  /** In a plan: what was told of each task. */
  readonly planned: Planned[] = []
  /** Whether it is the first of the hosts that play together, which does what is to be done once. */
  isFirst = true
  /** Where the hosts that play together wait for the first. */
  once = new OnceOnly()
  /** Why the host left the run. */
  error: FoobarDeployError | undefined
  /** What failed first in plays whose failure does not take the host out of the run. */
  #setBack: FoobarDeployError | undefined
  /** How many tasks are read ahead at a time; falls to one with a change and grows while nothing changes. */
  window = Number.POSITIVE_INFINITY
  readonly #statuses = Object.fromEntries(statuses.map((status) => [status, 0])) as Record<Status, number>
  readonly #timings = { connectMs: 0, firstExchangeMs: 0, readMs: 0, applyMs: 0 }
  readonly #finished = new Set<BuiltTask>()
  readonly #ignored: string[] = []
  readonly #ahead = new Map<BuiltTask, { readonly reading: Reading; readonly epoch: number }>()

  constructor(name: string, user: string | undefined, link: HostLink, shared: SharedRun) {
    this.name = name
    this.user = user
    this.link = link
    this.shared = shared
  }

  /** Connects, takes the lock where changes are to be made, and learns the facts. */
  async start(): Promise<void> {
    const { mode, emit, playbook } = this.shared
    await this.timed('connectMs', () => this.link.connect())
    emit({ type: 'host-connected', host: this.name, durationMs: this.#timings.connectMs })
    const results = await this.timed('firstExchangeMs', () => this.link.start(factSections(playbook), mode === 'apply'))
    const { facts, owed } = readFacts(playbook, results)
    refuseUnsupported(facts, this.link.target.settings.allowUnsupportedSystem === true)
    this.facts = facts
    for (const name of owed) this.owed.add(name)
    if (mode === 'plan') await noticeWritable(this)
  }

  /** What is known of `task`, if it may still be trusted. */
  known(task: BuiltTask): Reading | undefined {
    return this.#ahead.get(task)?.reading
  }

  /** Who carries out `built`: this host, or the one it is delegated to. */
  async executor(built: BuiltTask | undefined): Promise<Executor> {
    const to = built?.task.delegateTo
    return to === undefined || to === this.name ? this : this.shared.reach(to)
  }

  /** Throws where the run is not to go on. */
  refuseToGoOn(): void {
    const { stop, halt } = this.shared
    if (halt.signal.aborted) throw (halt.signal.reason as FoobarDeployError).with({ host: this.name })
    if (stop?.aborted) {
      throw new FoobarDeployError('interrupted', 'interrupted', 'The run was interrupted', { host: this.name })
    }
  }

  /** Reads `tasks`, in one exchange for each host and user among them. */
  async read(tasks: readonly BuiltTask[]): Promise<void> {
    const { epoch } = this.shared
    const groups = Map.groupBy(tasks, ({ user, task }) => `${task.delegateTo ?? ''} ${user ?? ''}`)
    await this.timed('readMs', () =>
      Promise.all(
        [...groups.values()].map(async (members) => {
          const readings = await this.#readFor(members)
          for (const [member, reading] of readings) this.#ahead.set(member, { reading, epoch })
        }),
      ),
    )
  }

  // Of tasks for one host and one user. That a delegate cannot be reached is told of each task where its turn comes.
  async #readFor(members: readonly BuiltTask[]): Promise<[BuiltTask, Reading][]> {
    try {
      const { link } = await this.executor(members[0])
      const batch = batchReads(queriesFor(members))
      const answers = batch.answers(await link.read(members[0]?.user, batch.sections))
      return members.map((member) => [member, readTask(member.task, answers)])
    } catch (thrown) {
      const isDelegated = members[0]?.task.delegateTo !== undefined
      if (!isDelegated || !(thrown instanceof FoobarDeployError) || thrown.family !== 'unreachable') throw thrown
      return members.map((member) => [member, { kind: 'error', error: thrown }])
    }
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

  /** A host at the same place, on the same link, that has told nothing yet. */
  twin(shared: SharedRun): HostRun {
    const twin = new HostRun(this.name, this.user, this.link, shared)
    twin.facts = this.facts
    twin.tasks = this.tasks
    for (const name of this.owed) twin.owed.add(name)
    return twin
  }

  /** Takes over what its twin has read; nothing has changed on any host since. */
  trust(twin: HostRun): void {
    for (const [task, { reading }] of twin.#ahead) this.#ahead.set(task, { reading, epoch: this.shared.epoch })
    this.#timings.readMs += twin.#timings.readMs
  }

  /** Forgets what was read before the latest change on any host. */
  forgetStale(): void {
    for (const [task, { epoch }] of this.#ahead) if (epoch < this.shared.epoch) this.#ahead.delete(task)
  }

  /** Tells how a task ended, and counts it. */
  finish(task: BuiltTask, outcome: TaskOutcome): void {
    const { changes = [], diffs = [], durationMs = 0, output: _output, ...rest } = outcome
    this.#finished.add(task)
    this.results.set(task.task, this.resultFor(task, outcome))
    if (outcome.ignored) this.#ignored.push(task.reference.title)
    this.#statuses[outcome.status] += 1
    const { reference } = task
    this.shared.emit({ type: 'task-finished', host: this.name, task: reference, changes, diffs, durationMs, ...rest })
  }

  /** The result of a task that ended so. */
  resultFor(task: BuiltTask, { status, changes = [], output = '' }: TaskOutcome): TaskResult {
    const reading = this.known(task)
    const state = reading?.kind === 'state' ? reading.state : undefined
    return { status, changed: status === 'changed', changes, output, state }
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

  /** Lets the host go on after a task that failed; its recap tells of it all the same. */
  setBack(): void {
    if (this.error?.family !== 'task') return
    this.#setBack ??= this.error
    this.error = undefined
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
      ...definedOnly({ error: this.error ?? this.#setBack }),
      notReached,
      ignored: this.#ignored,
      owed: [...this.owed],
    }
  }
}
