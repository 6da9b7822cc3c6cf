/** The contract of a resource: pure functions that say what to ask, what differs, and what to do about it. */

import type { z } from 'zod'
import type { SourceLocation } from '../errors.ts'
import type { Action } from './action.ts'
import type { Change } from './change.ts'
import type { PathUse } from './path-use.ts'
import type { Need, Provision } from './provision.ts'
import type { Answers, Queries } from './query.ts'

/**
 * The state cannot be known: what it is a state of is not there. An apply fails with the reason, and so does a plan, unless an
 * earlier task would provide one of `needs`.
 */
export class Unavailable {
  readonly reason: string
  /** What the user can do about it, if anything. */
  readonly hint: string | undefined
  /** Each may be what is lacking; nothing where no earlier task could help. */
  readonly needs: readonly Need[]

  constructor(reason: string, hint?: string, needs: readonly Need[] = []) {
    this.reason = reason
    this.hint = hint
    this.needs = needs
  }
}

/** One task of a group that is applied together. */
export interface Application<Desired, State> {
  readonly desired: Desired
  readonly current: State
  readonly changes: readonly Change[]
}

/**
 * A resource. `Input` is what the user writes, `Desired` the same with defaults filled in, `Asked` its queries, `State`
 * what they tell of the host.
 */
export interface Resource<Input = never, Desired = never, Reads extends Queries = Queries, State = never> {
  /** The field's name of the thing, in camel case: `apt`, `lineInFile`. */
  readonly type: string
  readonly schema: z.ZodType<Desired, Input>
  /** Completes what is desired from the place it was written at: relative paths, templates. May throw a definition error. */
  prepare?(desired: Desired, at: SourceLocation | undefined): Desired
  /** What identifies the thing on a host: its path, its name. Part of the task's title. */
  id(desired: Desired): string
  /** What to ask of the host. Reading changes nothing and asks no daemon to act. */
  read(desired: Desired): Reads
  /** What the answers mean. */
  parse(answers: Answers<Reads>, desired: Desired): State | Unavailable
  /**
   * The paths that `apply` writes to; `current` is known before it is applied. A task of root is refused where another
   * user could turn one of them elsewhere.
   */
  writes?(desired: Desired, current?: State): readonly PathUse[]
  /**
   * What a change of it may bring that later tasks need. By default the paths that it writes to; anything where it does not say
   * what it writes to.
   */
  provides?(desired: Desired, current?: State): readonly Provision[]
  /** It changes nothing and only checks, so a run checks it before its first change. */
  readonly isPrecondition?: boolean
  /** What reading it printed, for tasks that follow from its result. */
  output?(state: State): string
  /** The only comparison. Empty means as desired. */
  diff(current: State, desired: Desired): readonly Change[]
  /** The steps that carry out `changes`. */
  apply(changes: readonly Change[], desired: Desired, current: State): Iterable<Action>
  /** Neighbouring tasks of this type do not influence each other's state, so they are applied in one round trip. */
  readonly independent?: boolean
  /** Applies neighbouring tasks of this type as one, in one transaction. */
  applyTogether?(applications: readonly Application<Desired, State>[]): Iterable<Action>
  /**
   * The thing is an act, not a state (a reload, an unguarded command): it is done whenever its turn comes and is not
   * expected to read back empty. `diff` says what the act is; with `settled`, what must hold afterwards.
   */
  isAction?(desired: Desired): boolean
  /** For how long, in milliseconds, the host may be away because of it (it reboots); undefined for not at all. */
  rebootWithinMs?(desired: Desired): number | undefined
  /** For an act: what is wrong with the state read after it; undefined when all is well. */
  verifyAction?(before: State, after: State, desired: Desired): string | undefined
}

/** Any resource, where its types do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: the engine passes each resource only what that resource made
export type AnyResource = Resource<any, any, any, any>
