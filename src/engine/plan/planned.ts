/** What a plan says of a task, as data that can be kept and compared: how it is to end, and digests of what that rests on. */

import { definedOnly } from '../../errors.ts'
import type { Task } from '../../model/task-tree.ts'

import type { Change, Value } from '../../plan/change.ts'
import type { Status } from '../../plan/status.ts'
import { mask, redact } from '../../shell/secret.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import { knownState, type Reading, type StateReading } from '../read/reading.ts'
import type { TaskOutcome } from '../shared-run.ts'
import { digestOf, holdsSecret } from './digest.ts'

/** A task as it was planned on a host. */
export interface PlannedTask {
  readonly play: string
  readonly role?: string | undefined
  readonly handler?: string | undefined
  readonly title: string
  readonly type: string
  /** Digest of what is desired, with the controls of the task and of what it stands in. */
  readonly desired: string
  /** Digest of what was read; absent where nothing could be. */
  readonly observed?: string | undefined
  readonly status: Status
  readonly changes: readonly PlannedChange[]
  /** For `unknown` and `skipped`: why. */
  readonly reason?: string | undefined
}

/** A change, without the text that would be written. */
export type PlannedChange = Pick<Change, 'key' | 'from' | 'to'>

/** The tasks of each host by its name, in their order. */
export type PlannedHosts = Readonly<Record<string, readonly PlannedTask[]>>

/** What is recorded of a task that was planned. `around` is what it stands in: its play, changes that revert. */
export interface Planned {
  readonly compiled: CompiledTask
  readonly around: readonly object[]
  readonly reading: Reading | undefined
  readonly outcome: TaskOutcome
}

/** The same as data, with digests under `key`. */
export function plannedTask({ compiled, around, reading, outcome }: Planned, key: Uint8Array): PlannedTask {
  const { title, type, play, role, handler } = compiled.reference
  const wanted = [wishOf(compiled.task), compiled.user, around]
  const isCareful = holdsSecret(wanted)
  const { status, changes = [], reason } = outcome
  const known = knownState(reading)
  const observed = known && digestOf(basisOf(compiled.task, known, isCareful), key, isCareful)
  return {
    play,
    ...definedOnly({ role, handler }),
    title: redact(title),
    type,
    desired: digestOf(wanted, key, isCareful),
    status,
    changes: plannedChanges(changes, isCareful),
    ...definedOnly({ observed, reason: reason && redact(reason) }),
  }
}

// Where and how the task is written is no part of it; a handler belongs to what it is notified by.
function wishOf({ kind: _kind, at: _at, problems: _problems, tags: _tags, resource, notify, ...rest }: Task): object {
  const handlers = notify.map(({ name, tasks }) => ({ name, tasks: tasks.map(wishOf) }))
  return { ...rest, type: resource.type, handlers }
}

// An act rests on nothing but that it is due. Where there is a secret, the state may hold what was made from it.
function basisOf({ resource, desired }: Task, reading: StateReading, isCareful: boolean): unknown {
  if (isCareful) return plannedChanges(reading.changes, isCareful)
  return resource.isAction?.(desired) ? reading.changes : reading.state
}

// How resources tell of content that they do not show: the length and the sum of a short secret give it away.
const telling = /\b(\d+ (bytes|characters)|[0-9a-f]{12,})\b/g

function plannedChanges(changes: readonly Change[], isCareful: boolean): PlannedChange[] {
  const masked = (text: string) => (isCareful ? redact(text).replaceAll(telling, mask) : redact(text))
  const shown = (value: Value): Value =>
    typeof value === 'string' ? masked(value) : Array.isArray(value) ? value.map(masked) : value
  return changes.map(({ key, from, to }) => ({ key: redact(key), from: shown(from), to: shown(to) }))
}
