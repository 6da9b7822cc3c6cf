/** The link to one host: a connection with a shell for each user, made again when it is lost. */

import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { FoobarDeployError } from '../../errors.ts'
import type { Greeting } from '../../protocol/bootstrap.ts'
import type { Stream } from '../../protocol/decoder.ts'
import type { Section, SectionResult } from '../../protocol/section.ts'
import type { Connection, Target, Transport } from '../../transport/transport.ts'
import { goWith, handedFolder, handFolder, keepOwnRecord, ownFolder } from './host-folder.ts'
import { acquireLock, checkLock, heartbeatMs, type LockOwner } from './host-lock.ts'
import { Lease } from './lease.ts'
import { readReport, reportOperation } from './operation-report.ts'
import { endsReconnecting, mostLosses, triedInVain, weightOf } from './reconnecting.ts'
import { limitsOf } from './session-limits.ts'
import { interrupted, notUnderstood, stopped } from './shell-failure.ts'
import { type SessionSettings, ShellSession } from './shell-session.ts'

/** How a link is made. */
export interface LinkSettings {
  readonly target: Target
  readonly transport: Transport
  readonly owner: Omit<LockOwner, 'linkId'>
  /** The user of the first shell, which holds the lock; undefined for the one who connects. */
  readonly user: string | undefined
  readonly readOnly: boolean
  /** Aborted to end every wait, except for an operation that is under way. */
  readonly stop: AbortSignal | undefined
  /** Aborted to end that too. */
  readonly kill: AbortSignal | undefined
  /** Told after the link was lost and made again. */
  onReconnected(reason: string): void
  /** Told what a person should know of the host's shells. */
  onNotice(text: string): void
}

/** How an operation ended: with the results of its sections, or, when the wire broke, with what the host has on record. */
export type OperationOutcome =
  | { readonly kind: 'results'; readonly results: readonly SectionResult[] }
  | { readonly kind: 'recovered'; readonly status: number | undefined; readonly log: string }

type OnOutput = (section: number, stream: Stream, chunk: Buffer) => void

const defaultReconnectTimeoutMs = 60_000
const firstDelayMs = 250
const longestDelayMs = 10_000

/** A connection and its shells, which come and go together. */
interface Attached {
  readonly connection: Connection
  readonly sessions: Map<string | undefined, ShellSession>
  /** Users whose operations have a folder for their record. */
  readonly recorded: Set<string | undefined>
}

/** What all shells of a host go through; when one is lost they are all made again, once. */
export class HostLink {
  readonly #settings: LinkSettings
  readonly #stop: AbortSignal
  #attached: Attached | undefined
  // While the link is being made again; all who lost it wait for this.
  #recovery: Promise<void> | undefined
  // Why it is not made again.
  #failure: FoobarDeployError | undefined
  readonly #closedCounts = { roundTrips: 0, sent: 0, received: 0 }
  readonly #linkId = randomBytes(4).toString('hex')
  readonly #folders = new Map<string | undefined, string>()
  #connections = 0
  #operations = 0
  // For how long the host may be away during each operation under way.
  readonly #away = new Map<symbol, number>()
  // The users whose shells hold a lock.
  readonly #lockers = new Set<string | undefined>()
  readonly #lease = new Lease()
  #heart: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: LinkSettings) {
    this.#settings = settings
    this.#stop = AbortSignal.any([settings.stop, settings.kill].filter((signal) => signal !== undefined))
  }

  /** The host it leads to. */
  get target(): Target {
    return this.#settings.target
  }

  /** Connects; the first shell is started when it is first used. */
  async connect(): Promise<void> {
    this.#attached = await this.#attach()
  }

  /** What the first shell said of itself. */
  greeting(): Promise<Greeting> {
    return this.#insist(this.#settings.user, (session) => session.greeting())
  }

  /** Round trips that only read. They are repeated if the link is lost in between, and end with the first interruption. */
  read(user: string | undefined, sections: readonly Section[]): Promise<readonly SectionResult[]> {
    return this.#insist(user, (session) => session.roundTrip(sections, { signal: this.#stop }))
  }

  /** A short script of the toolkit's own, which may be repeated. An interruption lets it finish. */
  control(user: string | undefined, script: string): Promise<SectionResult> {
    return this.#insist(user, async (session) => {
      const [result] = await session.roundTrip([{ kind: 'read', script }], this.#killable())
      return result as SectionResult
    })
  }

  /** The first round trip: takes the lock where asked, and reads in the same message. */
  async start(sections: readonly Section[], lock: boolean): Promise<readonly SectionResult[]> {
    const { user } = this.#settings
    const results = await this.#insist(user, async (session) => {
      // A shell that was lost while it was asked for may have it, and is recognised.
      const locking: Section[] = lock ? [{ kind: 'session', script: this.#lockScript() }] : []
      const all = await session.roundTrip([...locking, ...sections], { signal: this.#stop })
      if (lock) await this.#checkLock(session, all[0], false)
      return all.slice(locking.length)
    })
    if (lock) this.#hasLock(user)
    return results
  }

  /** A round trip that changes the host. It is never made twice: if the link is lost, its outcome is asked for. */
  async operate(
    user: string | undefined,
    sections: readonly Section[],
    onOutput: OnOutput,
    awayMs = 0,
  ): Promise<OperationOutcome> {
    // A task that nobody knew of when the run began becomes root after all.
    if (user === 'root' && this.#lockers.size > 0 && !this.#lockers.has(user)) {
      await this.#insist(user, (session) => this.#lock(session, false))
      this.#hasLock(user)
    }
    const away = Symbol()
    this.#away.set(away, awayMs)
    let sent: { readonly operation: string; readonly bootId: string } | undefined
    try {
      return await this.#insist(user, async (session, attached): Promise<OperationOutcome> => {
        const { bootId } = await session.greeting()
        if (sent) {
          if (sent.bootId !== bootId) return { kind: 'recovered', status: undefined, log: 'The host was rebooted.' }
          const outcome = await this.#outcomeOf(session, sent.operation)
          if (outcome) return outcome
        }
        await this.#keepRecord(attached, session, user)
        this.#operations += 1
        sent = { operation: `${this.#operations}`, bootId }
        const { operation } = sent
        const results = await session.roundTrip(sections, { operation, onOutput, ...this.#killable() })
        return { kind: 'results', results }
      })
    } finally {
      this.#away.delete(away)
    }
  }

  /** Makes a connection of its own with a shell for the first user, and ends it: rejects where that cannot be done. */
  async probe(): Promise<void> {
    const { transport, target, user } = this.#settings
    const connection = await transport.connect(target, this.#stop)
    try {
      const session = ShellSession.open(connection, this.#sessionSettings(user), this.#stop)
      await session.greeting()
      await session.close()
    } finally {
      connection.close()
    }
  }

  /** Ends the shells, which gives up the lock, and the connection. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#heart)
    const attached = this.#attached
    if (!attached) return
    await Promise.all([...attached.sessions.values()].map((session) => session.close()))
    attached.connection.close()
  }

  /** Ends everything at once: what waits for the host is rejected. */
  abort(): void {
    this.#closed = true
    clearInterval(this.#heart)
    const error = interrupted(this.target.name, this.#settings.kill)
    for (const session of this.#attached?.sessions.values() ?? []) session.abort(error)
    this.#attached?.connection.close()
  }

  /** Round trips and bytes so far. */
  counts(): { roundTrips: number; sent: number; received: number } {
    const { sent, received } = this.#attached?.connection.traffic() ?? { sent: 0, received: 0 }
    const open = [...(this.#attached?.sessions.values() ?? [])]
    return {
      roundTrips: open.reduce((sum, session) => sum + session.roundTrips, this.#closedCounts.roundTrips),
      sent: this.#closedCounts.sent + sent,
      received: this.#closedCounts.received + received,
    }
  }

  // Does `work` with the shell of `user`, and does it again each time that the link was lost and made again.
  async #insist<T>(
    user: string | undefined,
    work: (session: ShellSession, attached: Attached) => Promise<T>,
  ): Promise<T> {
    for (let losses = 0; ; ) {
      await this.#recovery
      if (this.#failure) throw this.#failure
      const attached = this.#attached
      if (!attached) throw new TypeError('The link is used before it is connected')
      try {
        return await work(this.#session(attached, user), attached)
      } catch (thrown) {
        // A user that is not there yet: asked again when an earlier task has made it.
        if (thrown instanceof FoobarDeployError && thrown.needs) attached.sessions.delete(user)
        losses += weightOf(thrown)
        await this.#recover(attached, thrown, losses)
      }
    }
  }

  #session(attached: Attached, user: string | undefined): ShellSession {
    const existing = attached.sessions.get(user)
    if (existing) return existing
    const session = ShellSession.open(attached.connection, this.#sessionSettings(user), this.#stop)
    attached.sessions.set(user, session)
    return session
  }

  #sessionSettings(user: string | undefined): SessionSettings {
    const { target, readOnly, onNotice } = this.#settings
    const password = target.settings.becomePassword
    return {
      host: target.name,
      user: user === target.settings.user ? undefined : user,
      folder: this.#folderOf(user),
      readOnly,
      limits: limitsOf(target.settings),
      onNotice,
      ...(password ? { password } : {}),
    }
  }

  #killable(): { signal?: AbortSignal } {
    const { kill } = this.#settings
    return kill ? { signal: kill } : {}
  }

  async #outcomeOf(session: ShellSession, operation: string): Promise<OperationOutcome | undefined> {
    const script = reportOperation(operation)
    const options = { signal: this.#stop, leavesRecord: true }
    const [result] = await session.roundTrip([{ kind: 'session', script }], options)
    const report = readReport(session.answersIn(result as SectionResult))
    if (!report) {
      const detail = 'it does not say what became of the operation that was under way'
      throw notUnderstood(this.#sessionSettings(undefined), { kind: 'broken', detail })
    }
    if (report.kind === 'stopped') {
      throw stopped(this.target.name, report.processId, 'was stopped (SIGSTOP) while it was at a task')
    }
    // It never arrived, so what it was to do may be sent again.
    return report.kind === 'absent' ? undefined : { ...report, kind: 'recovered' }
  }

  // Root makes the folder for the record of other users, where none of them can interfere.
  async #keepRecord(attached: Attached, session: ShellSession, user: string | undefined): Promise<void> {
    if (this.#lockers.has(user) || attached.recorded.has(user)) return
    const byRoot = this.#isHanded(user)
    const maker = byRoot ? this.#session(attached, 'root') : session
    const script = byRoot ? handFolder(this.#folderName(user), user) : keepOwnRecord
    const options = { ...this.#killable(), leavesRecord: true }
    const [result] = await maker.roundTrip([{ kind: 'session', script }], options)
    const { answers } = maker.answersIn(result as SectionResult)
    if (answers.at(-1) !== 'ready') {
      throw new FoobarDeployError('task', 'record-failed', 'The host cannot keep a record of what is done there', {
        host: this.target.name,
        detail: `${user ?? 'the login user'}: ${result?.stderr.toString().trim()}`,
        hint: byRoot
          ? 'Is /run on the host full or read-only?'
          : 'Where no task becomes root, the user needs a home directory that nobody else can write to.',
      })
    }
    attached.recorded.add(user)
  }

  #folderOf(user: string | undefined): string {
    return this.#isHanded(user)
      ? handedFolder(this.#folderName(user))
      : ownFolder(`${this.#settings.owner.runId}-${this.#linkId}`)
  }

  #isHanded(user: string | undefined): boolean {
    return this.#settings.user === 'root' && user !== 'root'
  }

  #folderName(user: string | undefined): string {
    const name = this.#folders.get(user) ?? randomBytes(16).toString('hex')
    this.#folders.set(user, name)
    return name
  }

  // Goes on only where a new connection can help. Whoever notices the loss first makes it; the others wait for it.
  async #recover(attached: Attached, thrown: unknown, losses: number): Promise<void> {
    if (!(thrown instanceof FoobarDeployError) || weightOf(thrown) === 0) throw thrown
    if (this.#stop.aborted) throw interrupted(this.target.name, this.#stop)
    if (this.#closed || losses > mostLosses) throw thrown
    if (this.#attached === attached && !this.#recovery) {
      this.#recovery = this.#reconnect(attached, thrown).finally(() => {
        this.#recovery = undefined
      })
    }
    await this.#recovery
  }

  async #reconnect(attached: Attached, thrown: FoobarDeployError): Promise<void> {
    Object.assign(this.#closedCounts, this.counts())
    this.#attached = undefined
    attached.connection.close()
    const { reconnectTimeoutMs = defaultReconnectTimeoutMs } = this.target.settings
    const awayMs = Math.max(0, ...this.#away.values())
    const deadline = performance.now() + Math.max(reconnectTimeoutMs, awayMs)
    let last: FoobarDeployError | undefined
    for (
      let delayMs = firstDelayMs;
      performance.now() + delayMs < deadline;
      delayMs = Math.min(delayMs * 2, longestDelayMs)
    ) {
      await delay(delayMs, undefined, { signal: this.#stop }).catch(() => {})
      if (this.#stop.aborted || this.#closed) break
      try {
        this.#attached = await this.#attachAgain()
        return this.#settings.onReconnected(thrown.message)
      } catch (again) {
        if (!(again instanceof FoobarDeployError)) throw again
        last = again
        if (endsReconnecting(again, awayMs > 0)) break
      }
    }
    this.#failure = this.#stop.aborted
      ? interrupted(this.target.name, this.#stop)
      : triedInVain(thrown, last, awayMs > 0)
    throw this.#failure
  }

  async #attach(): Promise<Attached> {
    const { transport, target } = this.#settings
    const connection = await transport.connect(target, this.#stop)
    if (this.#closed) connection.close()
    this.#connections += 1
    return { connection, sessions: new Map(), recorded: new Set() }
  }

  // With the lock in hand again, where it was taken.
  async #attachAgain(): Promise<Attached> {
    const attached = await this.#attach()
    try {
      for (const user of this.#lockers) await this.#lock(this.#session(attached, user), true)
      return attached
    } catch (thrown) {
      attached.connection.close()
      throw thrown
    }
  }

  async #lock(session: ShellSession, isAgain: boolean): Promise<void> {
    const script = isAgain ? `${this.#lockScript()}\n${goWith([...this.#folders.values()])}` : this.#lockScript()
    const options = { signal: this.#stop, leavesRecord: isAgain }
    const [result] = await session.roundTrip([{ kind: 'session', script }], options)
    await this.#checkLock(session, result, isAgain)
  }

  #lockScript(): string {
    return acquireLock({ ...this.#settings.owner, linkId: this.#linkId }, this.#connections)
  }

  async #checkLock(session: ShellSession, result: SectionResult | undefined, isAgain: boolean): Promise<void> {
    const answered = result ? session.answersIn(result) : { answers: [], rest: Buffer.alloc(0) }
    checkLock(answered, `${result?.stderr ?? ''}`, this.target.name, isAgain)
    this.#lease.take(this.target.name, (await session.greeting()).bootId)
  }

  // While the shells have nothing to do, they hear that we are there; else they would give up the lock.
  #hasLock(user: string | undefined): void {
    this.#lockers.add(user)
    this.#heart ??= setInterval(() => {
      this.#lease.beat()
      for (const locker of this.#lockers) this.#attached?.sessions.get(locker)?.beat()
    }, heartbeatMs).unref()
  }
}
