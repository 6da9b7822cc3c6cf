/** The link to one host: a connection with a shell for each user, made again when it is lost. */

import { FoobarDeployError } from '../../errors.ts'
import type { Stream } from '../../protocol/decoder.ts'
import type { Section, SectionResult } from '../../protocol/section.ts'
import type { Connection, Target, Transport } from '../../transport/transport.ts'
import { acquireLock, type LockOwner, reportOperation, runFolder } from './host-folder.ts'
import { type SessionSettings, ShellSession } from './shell-session.ts'

/** How a link is made. */
export interface LinkSettings {
  readonly target: Target
  readonly transport: Transport
  readonly owner: LockOwner
  /** The user of the first shell, which holds the lock; undefined for the one who connects. */
  readonly user: string | undefined
  readonly readOnly: boolean
  readonly kill: AbortSignal | undefined
  /** Told after the link was lost and made again. */
  onReconnected(reason: string): void
}

/** How an operation ended: with the results of its sections, or, when the wire broke, with what the host has on record. */
export type OperationOutcome =
  | { readonly kind: 'results'; readonly results: readonly SectionResult[] }
  | { readonly kind: 'recovered'; readonly status: number | undefined; readonly log: string }

type OnOutput = (section: number, stream: Stream, chunk: Buffer) => void

const defaultReconnectTimeoutMs = 60_000
const firstDelayMs = 250
const longestDelayMs = 10_000

/** See the file's first line. */
export class HostLink {
  readonly #settings: LinkSettings
  #connection: Connection | undefined
  #sessions = new Map<string | undefined, Promise<ShellSession>>()
  #closedExchanges = 0
  #closedTraffic = { sent: 0, received: 0 }
  #operations = 0
  // For how long the host may be away during the operation under way.
  #awayMs = 0
  #locked = false
  #closed = false

  constructor(settings: LinkSettings) {
    this.#settings = settings
  }

  /** Whom it leads to. */
  get target(): Target {
    return this.#settings.target
  }

  /** Connects and starts the first shell. */
  async connect(): Promise<void> {
    const { transport, target, kill } = this.#settings
    this.#connection = await transport.connect(target, kill)
    if (this.#closed) this.#connection.close()
  }

  /** What the first shell said of itself. */
  async greeting() {
    return (await this.#session(this.#settings.user)).greeting()
  }

  /** Exchanges that only read. They are repeated if the link is lost in between. */
  async read(user: string | undefined, sections: readonly Section[]): Promise<readonly SectionResult[]> {
    for (;;) {
      try {
        return await (await this.#session(user)).exchange(sections)
      } catch (thrown) {
        await this.#reconnect(thrown)
      }
    }
  }

  /** The first exchange: takes the lock where asked, and reads in the same message. */
  async start(sections: readonly Section[], lock: boolean): Promise<readonly SectionResult[]> {
    const locking: Section[] = lock ? [{ kind: 'session', script: acquireLock(this.#settings.owner, false) }] : []
    const results = await this.read(this.#settings.user, [...locking, ...sections])
    if (lock) this.#checkLock(results[0])
    this.#locked = lock
    return results.slice(locking.length)
  }

  /** An exchange that changes the host. It is never made twice: if the link is lost, its outcome is asked for. */
  async operate(
    user: string | undefined,
    sections: readonly Section[],
    onOutput: OnOutput,
    awayMs = 0,
  ): Promise<OperationOutcome> {
    this.#operations += 1
    const operation = `${this.#operations}`
    this.#awayMs = awayMs
    for (;;) {
      const { bootId } = await (await this.#session(user)).greeting()
      try {
        const results = await (await this.#session(user)).exchange(sections, { operation, onOutput })
        return { kind: 'results', results }
      } catch (thrown) {
        await this.#reconnect(thrown)
        const { bootId: nowBoot } = await (await this.#session(user)).greeting()
        if (nowBoot !== bootId) return { kind: 'recovered', status: undefined, log: 'The host was booted anew.' }
        const [report] = await this.read(user, [{ kind: 'session', script: reportOperation }])
        const [line = '', ...log] = report?.stdout.toString().split('\n') ?? []
        const [begun, status] = line.split(' ')
        // Not on record: it never arrived, so it may be sent again.
        if (begun !== operation) continue
        return {
          kind: 'recovered',
          status: status === '' || status === undefined ? undefined : Number(status),
          log: log.join('\n'),
        }
      }
    }
  }

  /** Makes a connection of its own with a shell for the first user, and ends it: rejects where that cannot be done. */
  async probe(): Promise<void> {
    const { transport, target, kill, user } = this.#settings
    const connection = await transport.connect(target, kill)
    try {
      const session = await ShellSession.open(connection, this.#sessionSettings(user))
      await session.greeting()
      await session.close()
    } finally {
      connection.close()
    }
  }

  /** Ends the shells, which gives up the lock, and the connection. */
  async close(): Promise<void> {
    this.#closed = true
    const sessions = await Promise.allSettled(this.#sessions.values())
    await Promise.all(sessions.map((session) => (session.status === 'fulfilled' ? session.value.close() : undefined)))
    this.#connection?.close()
  }

  /** Exchanges and bytes so far. */
  async counts(): Promise<{ exchanges: number; sent: number; received: number }> {
    const sessions = await Promise.allSettled(this.#sessions.values())
    const open = sessions.map((session) => (session.status === 'fulfilled' ? session.value.exchanges : 0))
    const { sent, received } = this.#connection?.traffic() ?? { sent: 0, received: 0 }
    return {
      exchanges: open.reduce((sum, count) => sum + count, this.#closedExchanges),
      sent: this.#closedTraffic.sent + sent,
      received: this.#closedTraffic.received + received,
    }
  }

  #session(user: string | undefined): Promise<ShellSession> {
    const existing = this.#sessions.get(user)
    if (existing) return existing
    if (!this.#connection) throw new TypeError('The link is used before it is connected')
    const opening = ShellSession.open(this.#connection, this.#sessionSettings(user))
    this.#sessions.set(user, opening)
    return opening
  }

  #sessionSettings(user: string | undefined): SessionSettings {
    const { target, owner, readOnly } = this.#settings
    const password = target.settings.becomePassword
    return {
      host: target.name,
      user: user === target.settings.user ? undefined : user,
      folder: runFolder(owner.runId, user),
      readOnly,
      ...(password ? { password } : {}),
    }
  }

  // Goes on only where a new connection can help, and with the lock in hand again.
  async #reconnect(thrown: unknown): Promise<void> {
    const lost =
      thrown instanceof FoobarDeployError && (thrown.code === 'connection-lost' || thrown.code === 'shell-lost')
    if (!lost || this.#closed || this.#settings.kill?.aborted) throw thrown
    const { exchanges, sent, received } = await this.counts()
    this.#connection?.close()
    this.#sessions.clear()
    this.#connection = undefined
    this.#closedExchanges = exchanges
    this.#closedTraffic = { sent, received }
    const { reconnectTimeoutMs = defaultReconnectTimeoutMs } = this.#settings.target.settings
    const deadline = performance.now() + Math.max(reconnectTimeoutMs, this.#awayMs)
    for (
      let delayMs = firstDelayMs;
      performance.now() + delayMs < deadline;
      delayMs = Math.min(delayMs * 2, longestDelayMs)
    ) {
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      if (this.#closed || this.#settings.kill?.aborted) throw thrown
      try {
        await this.connect()
        if (this.#locked) {
          const session = await this.#session(this.#settings.user)
          const [lock] = await session.exchange([{ kind: 'session', script: acquireLock(this.#settings.owner, true) }])
          this.#checkLock(lock)
        }
        this.#settings.onReconnected(thrown.message)
        return
      } catch (again) {
        if (!(again instanceof FoobarDeployError) || again.family !== 'unreachable' || again.code === 'host-locked')
          throw again
        this.#sessions.clear()
      }
    }
    throw thrown
  }

  #checkLock(result: SectionResult | undefined): void {
    const answer = result?.stdout.toString().trim() ?? ''
    if (answer === 'held') return
    const host = this.#settings.target.name
    const busy = answer.startsWith('busy ')
    throw new FoobarDeployError(
      busy ? 'task' : 'unreachable',
      busy ? 'host-locked' : 'lock-failed',
      busy ? 'Another run is working on the host' : 'The lock on the host could not be taken',
      {
        host,
        detail: busy
          ? answer.slice('busy '.length).split(' ').slice(1).join(' ')
          : `${answer} ${result?.stderr ?? ''}`.trim(),
        hint: busy ? 'Wait for it to end; the lock goes with its process.' : 'Is /run on the host full or read-only?',
      },
    )
  }
}
