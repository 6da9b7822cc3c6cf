/** What a run is asked to do, and what it came to. */

import type { Inventory } from '../model/inventory.ts'
import type { VarOverride } from '../model/vars.ts'
import type { Transport } from '../transport/transport.ts'
import type { Emit, HostRecap, RunMode } from './events.ts'

/** A run to be made. */
export interface RunRequest {
  readonly inventory: Inventory
  readonly mode: RunMode
  /** Host and group names, or `!name` to leave out; empty for all. */
  readonly limit: readonly string[]
  /** Only tasks with one of these tags; empty for all. */
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly overrides: readonly VarOverride[]
  /** Hosts worked on at a time. */
  readonly forks: number
  /** Whether the differences of text files are to be read and reported. */
  readonly diff: boolean
}

/** The world a run works in. */
export interface RunContext {
  readonly transport: Transport
  readonly emit: Emit
  /** Runs commands on this machine, for tasks delegated to the controller. */
  readonly localTransport?: Transport
  /** Asks whoever started the run; without it every question counts as answered with no. */
  confirm?(question: string): Promise<boolean>
  /** Aborted to stop at the next safe point: what is being applied is finished first. */
  readonly stop?: AbortSignal
  /** Aborted to stop at once. */
  readonly kill?: AbortSignal
}

/** What a run came to. */
export interface RunResult {
  /** 0, or the highest exit code of what went wrong. */
  readonly exitCode: number
  readonly interrupted: boolean
  /** Whether any host was changed, or in a plan would be. */
  readonly changed: boolean
  readonly recap: Readonly<Record<string, HostRecap>>
}
