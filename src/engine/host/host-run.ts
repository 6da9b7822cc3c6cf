/** One host in a run: its connection, its tasks, what is known of it, and how far it has come. */

import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Facts } from '../../model/facts.ts'
import { refuseUnsupported } from '../../model/supported-systems.ts'
import type { TaskResult } from '../../model/task-tree.ts'
import type { Query } from '../../plan/query.ts'
import { RunOnce } from '../apply/coordination.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import type { HostRecap } from '../events.ts'
import { factSections, readFacts } from '../facts/gather-facts.ts'
import type { Planned } from '../plan/planned.ts'
import { batchReads } from '../read/read-batch.ts'
import { ReadCache } from '../read/read-cache.ts'
import { queriesFor, type Reading, readTask } from '../read/reading.ts'
import type { Executor, SharedRun, TaskOutcome } from '../shared-run.ts'
import { warnIfWritable } from '../warn-if-writable.ts'
import type { HostLink } from './host-link.ts'
import { HostProgress, resultOf } from './host-progress.ts'
import { PendingHandlers } from './pending-handlers.ts'

/** What the engine knows of one host. Others read it; only its methods change it. */
export class HostRun {
  readonly name: string
  readonly shared: SharedRun
  readonly link: HostLink
  /** The user of the first shell. */
  readonly user: string | undefined
  readonly cache: ReadCache
  readonly pending: PendingHandlers
  readonly progress: HostProgress
  #facts: Facts | undefined
  #tasks: readonly CompiledTask[] = []
  readonly #declined = new Set<CompiledTask>()
  readonly #planned: Planned[] = []
  #isFirst = true
  #runOnce = new RunOnce()
  #error: FoobarDeployError | undefined
  // What failed first in plays whose failure does not take the host out of the run.
  #setBack: FoobarDeployError | undefined

  constructor(name: string, user: string | undefined, link: HostLink, shared: SharedRun, pending?: PendingHandlers) {
    this.name = name
    this.user = user
    this.link = link
    this.shared = shared
    this.cache = new ReadCache(shared, (tasks) => this.#readStates(tasks))
    this.pending = pending ?? new PendingHandlers((script) => link.control(user, script))
    this.progress = new HostProgress(name, shared.emit)
  }

  /** What was learned of the host at its start; undefined before. */
  get facts(): Facts | undefined {
    return this.#facts
  }

  /** All tasks selected for this host, over all plays. */
  get tasks(): readonly CompiledTask[] {
    return this.#tasks
  }

  /** In a plan: what was planned of each task. */
  get planned(): readonly Planned[] {
    return this.#planned
  }

  /** Whether it is the first of the hosts that play together: it does what runs once. */
  get isFirst(): boolean {
    return this.#isFirst
  }

  /** Where the hosts that play together wait for the first. */
  get runOnce(): RunOnce {
    return this.#runOnce
  }

  /** Why the host left the run. */
  get error(): FoobarDeployError | undefined {
    return this.#error
  }

  /** Connects, takes the lock where changes are to be made, and learns the facts. */
  async start(): Promise<void> {
    const { mode, emit, facts: wanted } = this.shared
    const connecting = performance.now()
    await this.progress.timed('connectMs', () => this.link.connect())
    emit({ type: 'host-connected', host: this.name, durationMs: performance.now() - connecting })
    const results = await this.progress.timed('firstRoundTripMs', () =>
      this.link.start(factSections(wanted), mode === 'apply'),
    )
    const { facts, pending } = readFacts(wanted, results)
    refuseUnsupported(facts, this.link.target.settings.allowUnsupportedSystem === true)
    this.#facts = facts
    this.pending.add(pending)
    if (mode === 'plan') await warnIfWritable(this)
  }

  /** Takes the tasks that are selected for it. */
  assign(tasks: readonly CompiledTask[]): void {
    this.#tasks = tasks
    this.shared.emit({ type: 'host-ready', host: this.name, tasks: tasks.length })
  }

  /** Plays together with others from now on. */
  join(once: RunOnce, isFirst: boolean): void {
    this.#runOnce = once
    this.#isFirst = isFirst
  }

  /** Who carries out `compiled`: this host, or the one it is delegated to. */
  async executor(compiled: CompiledTask | undefined): Promise<Executor> {
    const to = compiled?.task.delegateTo
    return to === undefined || to === this.name ? this : this.shared.reach(to)
  }

  /** Throws if the run must not go on. */
  refuseToGoOn(): void {
    const { stop, halt } = this.shared
    if (halt.signal.aborted) throw (halt.signal.reason as FoobarDeployError).with({ host: this.name })
    if (stop?.aborted) {
      throw new FoobarDeployError('interrupted', 'interrupted', 'The run was interrupted', { host: this.name })
    }
  }

  /** Asks queries that belong to no task's state. */
  async ask(user: string | undefined, queries: readonly Query<unknown>[]) {
    const batch = batchReads(queries)
    return batch.answers(await this.progress.timed('readMs', () => this.link.read(user, batch.sections)))
  }

  /** Reports how a task ended. */
  finish(compiled: CompiledTask, outcome: TaskOutcome): void {
    this.progress.finish(compiled, outcome, this.#stateOf(compiled))
  }

  /** The result of a task that would end with `outcome`. */
  resultOf(compiled: CompiledTask, outcome: TaskOutcome): TaskResult {
    return resultOf(compiled.task, outcome, this.#stateOf(compiled))
  }

  /** A person answered no to the change of a task. */
  decline(compiled: CompiledTask): void {
    this.#declined.add(compiled)
  }

  /** Whether a person answered no to the change of a task. */
  isDeclined(compiled: CompiledTask): boolean {
    return this.#declined.has(compiled)
  }

  /** Keeps what was planned of a task. */
  plan(compiled: CompiledTask, around: readonly object[], outcome: TaskOutcome): void {
    this.#planned.push({ compiled, around, outcome, reading: this.cache.get(compiled) })
  }

  /** Takes the host out of the run, or with `goesOn` out of the play. */
  leave(error: FoobarDeployError, goesOn: boolean): void {
    this.#error = error
    this.shared.emit({ type: 'host-failed', host: this.name, error, ...(goesOn ? { goesOn } : {}) })
  }

  /** Lets the host go on after a task that failed. Its recap shows the failure all the same. */
  setBack(): void {
    if (this.#error?.family !== 'task') return
    this.#setBack ??= this.#error
    this.#error = undefined
  }

  /** The same host in a run that only plans, on the same connection. */
  dryRunCopy(shared: SharedRun): HostRun {
    const copy = new HostRun(this.name, this.user, this.link, shared, this.pending.copy())
    copy.#facts = this.#facts
    copy.#tasks = this.#tasks
    return copy
  }

  /** Takes over what its copy has read. Nothing has changed on any host since. */
  adopt(copy: HostRun): void {
    this.cache.adopt(copy.cache)
    this.progress.addReadTime(copy.progress)
  }

  /** What the host came to. */
  async recap(): Promise<HostRecap> {
    const { roundTrips, sent, received } = await this.link.counts()
    const counts = this.progress.counts(this.#tasks)
    const { statuses } = counts
    return {
      ...counts,
      // A host that is lost counts once, whether or not it was lost in a task.
      statuses:
        this.#error?.family === 'unreachable'
          ? { ...statuses, unreachable: Math.max(1, statuses.unreachable) }
          : statuses,
      roundTrips,
      bytesSent: sent,
      bytesReceived: received,
      ...definedOnly({ error: this.#error ?? this.#setBack }),
      pendingHandlers: this.pending.names,
    }
  }

  // In one round trip for each host and user among them.
  async #readStates(tasks: readonly CompiledTask[]): Promise<[CompiledTask, Reading][]> {
    const groups = Map.groupBy(tasks, ({ user, task }) => `${task.delegateTo ?? ''} ${user ?? ''}`)
    const readings = await this.progress.timed('readMs', () =>
      Promise.all([...groups.values()].map((members) => this.#readGroup(members))),
    )
    return readings.flat()
  }

  // Of tasks for one host and one user. A delegate that cannot be reached fails each task when its turn comes, and so does a
  // user who is not there by then.
  async #readGroup(members: readonly CompiledTask[]): Promise<[CompiledTask, Reading][]> {
    try {
      const { link } = await this.executor(members[0])
      const batch = batchReads(queriesFor(members))
      const answers = batch.answers(await link.read(members[0]?.user, batch.sections))
      return members.map((member) => [member, readTask(member.task, answers)])
    } catch (thrown) {
      if (!(thrown instanceof FoobarDeployError) || thrown.family !== 'unreachable') throw thrown
      if (members[0]?.task.delegateTo === undefined && !thrown.needs) throw thrown
      return members.map((member) => [member, { kind: 'error', error: thrown }])
    }
  }

  #stateOf(compiled: CompiledTask): unknown {
    const reading = this.cache.get(compiled)
    return reading?.kind === 'state' ? reading.state : undefined
  }
}
