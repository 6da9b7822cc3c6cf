/** Events: everything a run tells of itself. Reporters listen to them; the engine never prints. */

import type { FoobarDeployError, SourceLocation } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import type { Status } from '../plan/status.ts'

/** `apply` changes hosts, `plan` cannot. */
export type RunMode = 'apply' | 'plan'

/** A task as events name it. */
export interface TaskReference {
  /** Position on its host, from 0, over all plays; handlers have the position of the task that notified them first. */
  readonly index: number
  readonly title: string
  /** Type of the resource: `apt`, `template`. */
  readonly type: string
  readonly play: string
  readonly role?: string
  /** The name of the handler it belongs to. */
  readonly handler?: string
  readonly at?: SourceLocation
}

/** Where a run's time went on one host, in milliseconds. */
export interface HostTimings {
  readonly connectMs: number
  /** From the first byte to the shell until lock, facts and pending handlers are known. */
  readonly firstRoundTripMs: number
  /** In round trips that only read. */
  readonly readMs: number
  /** In round trips that changed something. */
  readonly applyMs: number
}

/** How a host came through a run. */
export interface HostRecap {
  readonly statuses: Readonly<Record<Status, number>>
  /** Round trips on the host's shells. */
  readonly roundTrips: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly timings: HostTimings
  /** Why the host left the run. */
  readonly error?: FoobarDeployError
  /** Titles of the tasks that were not reached, because the host failed or the run was interrupted. */
  readonly notReached: readonly string[]
  /** Titles of the tasks that failed and were allowed to. */
  readonly ignored: readonly string[]
  /** Handlers that are pending; the next run executes them. */
  readonly pendingHandlers: readonly string[]
}

/** One thing that happened. Times are milliseconds; texts have their secrets masked. */
export type RunEvent =
  | {
      readonly type: 'run-started'
      readonly mode: RunMode
      readonly runId: string
      readonly playbook: string
      readonly hosts: readonly string[]
    }
  | { readonly type: 'host-connected'; readonly host: string; readonly durationMs: number }
  | { readonly type: 'host-reconnected'; readonly host: string; readonly reason: string }
  | { readonly type: 'host-ready'; readonly host: string; readonly tasks: number }
  /** Rolling plays start once for each batch of hosts. */
  | {
      readonly type: 'play-started'
      readonly play: string
      readonly hosts: readonly string[]
      /** Where the play goes batch by batch: which one this is, from 1, of how many. */
      readonly batch?: { readonly number: number; readonly of: number }
    }
  | { readonly type: 'task-started'; readonly host: string; readonly task: TaskReference }
  | { readonly type: 'task-output'; readonly host: string; readonly task: TaskReference; readonly text: string }
  | {
      readonly type: 'task-finished'
      readonly host: string
      readonly task: TaskReference
      readonly status: Status
      readonly changes: readonly Change[]
      /** Unified diffs of text files, where they were asked for. */
      readonly diffs: readonly string[]
      /** For `unknown` and `skipped`: why. */
      readonly reason?: string
      readonly error?: FoobarDeployError
      /** The failure was allowed: the host goes on. */
      readonly ignored?: boolean
      readonly durationMs: number
    }
  | {
      readonly type: 'host-failed'
      readonly host: string
      readonly error: FoobarDeployError
      /** The host goes on with the next play. */
      readonly goesOn?: true
    }
  | { readonly type: 'notice'; readonly host?: string; readonly text: string }
  | {
      readonly type: 'run-finished'
      readonly mode: RunMode
      readonly exitCode: number
      readonly durationMs: number
      readonly interrupted: boolean
      readonly recap: Readonly<Record<string, HostRecap>>
    }

/** Who listens to a run. */
export type Emit = (event: RunEvent) => void
