/** Watches a shell while it works: how long it may take, and whether it still lives when it says nothing. */

import type { ShellState } from '../../protocol/probe.ts'

/** How long the section under way may take. */
export interface SectionLimit {
  readonly ms: number
  /** Whether only the time since the last sign of life counts. */
  readonly isQuietTime: boolean
}

/** Why a shell is given up. */
export type WatchEnd =
  /** The section took longer than its limit. */
  | { readonly kind: 'overdue'; readonly limitMs: number }
  /** The host starts no other session either. */
  | { readonly kind: 'silent'; readonly silentMs: number }
  /** The shell was stopped from outside and was not continued. */
  | { readonly kind: 'stopped'; readonly processId: number; readonly silentMs: number }
  /** Its process is not there, although its channel is open. */
  | { readonly kind: 'gone' }

/** What a watch needs. */
export interface WatchSettings {
  readonly silenceTimeoutMs: number
  /** Looks at the shell from another session. */
  probe(): Promise<ShellState>
  /** The shell is to be given up. */
  onEnd(end: WatchEnd): void
  /** Something that a person should know. */
  onNotice(text: string): void
}

const looksPerSilence = 4
// A shell whose process is gone may still have output on its way.
const mostGone = 2

/** A watch over one shell. Time is counted in ticks, so that a controller that was asleep does not count it. */
export class SessionWatch {
  readonly #settings: WatchSettings
  readonly #tickMs: number
  #timer: NodeJS.Timeout | undefined
  #limit: SectionLimit | undefined
  #sectionMs = 0
  #quietMs = 0
  #unansweredMs = 0
  #stoppedMs = 0
  #timesGone = 0
  #isLooking = false
  #last: ShellState = { kind: 'unknown' }
  #hasToldOf: number | undefined

  constructor(settings: WatchSettings) {
    this.#settings = settings
    this.#tickMs = settings.silenceTimeoutMs / looksPerSilence
  }

  /** Work begins. */
  start(): void {
    this.#timer = setInterval(() => this.#tick(), this.#tickMs)
    this.heard()
  }

  /** The next section is under way. */
  begin(limit: SectionLimit | undefined): void {
    this.#limit = limit
    this.#sectionMs = 0
    this.heard()
  }

  /** The shell gave a sign of life. */
  heard(): void {
    this.#quietMs = 0
    this.#unansweredMs = 0
    this.#stoppedMs = 0
    this.#timesGone = 0
    this.#last = { kind: 'unknown' }
  }

  /** Work has ended. */
  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    this.#sectionMs += this.#tickMs
    this.#quietMs += this.#tickMs
    if (this.#isLooking) this.#unansweredMs += this.#tickMs
    if (this.#last.kind === 'stopped') this.#stoppedMs += this.#tickMs
    const end = this.#reasonToEnd()
    if (end) this.#settings.onEnd(end)
    else if (!this.#isLooking) void this.#look()
  }

  #reasonToEnd(): WatchEnd | undefined {
    const { silenceTimeoutMs } = this.#settings
    const [limit, last, silentMs] = [this.#limit, this.#last, this.#quietMs]
    if (limit && (limit.isQuietTime ? silentMs : this.#sectionMs) >= limit.ms) {
      return { kind: 'overdue', limitMs: limit.ms }
    }
    if (this.#unansweredMs >= silenceTimeoutMs) return { kind: 'silent', silentMs }
    if (last.kind === 'stopped' && last.isShell && this.#stoppedMs >= silenceTimeoutMs) {
      return { kind: 'stopped', processId: last.processId, silentMs }
    }
    return this.#timesGone >= mostGone ? { kind: 'gone' } : undefined
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    const state = await this.#settings.probe().catch((): ShellState => ({ kind: 'unknown' }))
    this.#isLooking = false
    this.#unansweredMs = 0
    this.#last = state
    if (state.kind !== 'stopped') this.#stoppedMs = 0
    if (state.kind === 'gone') this.#timesGone += 1
    if (state.kind === 'stopped' && state.processId !== this.#hasToldOf) {
      this.#hasToldOf = state.processId
      this.#settings.onNotice(
        `process ${state.processId} (${state.name}) on the host is stopped, and the run waits for it: kill -CONT ${state.processId} there lets it go on`,
      )
    }
  }
}
