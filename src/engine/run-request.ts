/** What a run is asked to do, and what it came to. */

import type { Inventory } from '../model/inventory.ts'
import type { VarOverride } from '../model/vars.ts'
import type { Transport } from '../transport/transport.ts'
import type { Prompts } from './apply/questions.ts'
import type { ChosenOperation } from './compile/operation.ts'
import type { Emit, HostRecap, RunMode } from './events.ts'
import type { PlannedHosts } from './plan/planned.ts'

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
  /** Only what comes from the first task of this title on. */
  readonly startAt?: string
  /** Whether the differences of text files are to be read and reported. */
  readonly diff: boolean
  /** The operation to do instead of the playbook; it is for all hosts that have its role. */
  readonly operation?: ChosenOperation
  /**
   * For plan files: the key of their digests. A plan gives what it found, in {@link RunResult.planned}; an apply with
   * `expected` does that and nothing else, and refuses before any change where it no longer fits.
   */
  readonly planFile?: { readonly key: Uint8Array; readonly expected?: PlannedHosts }
}

/** The world a run works in. */
export interface RunContext extends Prompts {
  readonly transport: Transport
  readonly emit: Emit
  /** Runs commands on this machine, for tasks delegated to the controller. */
  readonly localTransport?: Transport
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
  /** What was planned, where that was asked for. */
  readonly planned?: PlannedHosts
}
