/** What the hosts of a run share, who carries out tasks for them, and how a task ends. */

import type { FoobarDeployError } from '../errors.ts'
import type { AnyFact } from '../model/fact.ts'
import type { Change } from '../plan/change.ts'
import type { Status } from '../plan/status.ts'
import type { Throttles } from './apply/coordination.ts'
import type { Questions } from './apply/questions.ts'
import type { Emit, RunMode } from './events.ts'
import type { HostLink } from './host/host-link.ts'
import type { ExpectedChanges } from './plan/expected-changes.ts'

/** What all hosts of a run share. */
export interface SharedRun {
  readonly mode: RunMode
  /** Facts to gather beside the toolkit's own. */
  readonly facts: readonly AnyFact[]
  readonly diff: boolean
  readonly emit: Emit
  readonly stop: AbortSignal | undefined
  readonly runId: string
  readonly throttles: Throttles
  /** Aborted, with the reason, when failures on some hosts end the run for all. */
  readonly halt: AbortController
  readonly questions: Questions
  /** In a plan: what earlier tasks would change. */
  readonly expected: ExpectedChanges
  /** The link to a host that a task is delegated to. */
  reach(name: string): Promise<Executor>
  /** Grows with every change on any host: what was read before it is not trusted in a later play. */
  epoch: number
}

/** Who carries out a task. */
export interface Executor {
  readonly link: HostLink
  /** The user of the link's first shell. */
  readonly user: string | undefined
}

/** How a task ended, as a host's run takes it. */
export interface TaskOutcome {
  readonly status: Status
  readonly changes?: readonly Change[]
  readonly diffs?: readonly string[]
  readonly reason?: string
  readonly error?: FoobarDeployError
  /** The failure was allowed. */
  readonly ignored?: boolean
  /** What its commands printed. */
  readonly output?: string
  readonly durationMs?: number
}
