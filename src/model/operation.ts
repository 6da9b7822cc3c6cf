/** Operations: the verbs of a role, such as a switchover. Each is a list of plays, made from its arguments and from facts. */

import { z } from 'zod'
import type { AnyFact } from './fact.ts'
import type { Host } from './host.ts'
import type { TaskList } from './task-tree.ts'

/** A host that has the role, with the role's variables there. */
export interface Member<Vars> {
  readonly host: Host
  readonly vars: Vars
}

/** What an operation is about. */
export interface OperationContext<Vars, Args> {
  readonly args: Args
  /** All hosts of the inventory that have the role. Facts have those that were `reached`. */
  readonly members: readonly Member<Vars>[]
  /** The hosts of a group, or all of the inventory, as in a role. */
  hosts(group?: string): readonly Host[]
}

/** What a person must type before an operation begins. */
export interface Confirmation {
  /** What will happen, as a sentence. */
  readonly warning: string
  /** The word to type, for example the name of a host; `--yes=WORD` types it. */
  readonly word: string
}

/**
 * A play of an operation, for all hosts that have the role. All finish it before the next play begins; a failure on any host
 * ends the operation for all.
 */
export interface OperationPlay<Vars, Args, Decision> {
  readonly name: string
  /** So many hosts at a time; default all. */
  readonly serial?: number | `${number}%`
  /** The user that tasks run as; by default that of the play that the role is in. */
  readonly become?: string | false
  /** The tasks of one host; an empty list where the play is not for it. */
  tasks(context: OperationContext<Vars, Args> & Member<Vars> & { readonly decision: Decision }): TaskList
}

/** An operation of a role: its arguments, its decision, its plays. */
export interface Operation<Vars, Args, Decision> {
  readonly kind: 'operation'
  readonly summary: string
  readonly args: z.ZodObject
  readonly facts: readonly AnyFact[]
  /** Whether it begins although hosts cannot be reached; `decide` sees which ones. */
  readonly withoutUnreachable: boolean
  decide(context: OperationContext<Vars, Args>): Decision
  confirm(decision: Decision): Confirmation | undefined
  readonly plays: readonly OperationPlay<Vars, Args, Decision>[]
}

/** An operation of a role with these variables. */
// biome-ignore lint/suspicious/noExplicitAny: arguments and decisions are between the members of one operation
export type OperationOf<Vars> = Operation<Vars, any, any>

/** Any operation, where its role does not matter either. */
// biome-ignore lint/suspicious/noExplicitAny: variables are checked by the schema of the role
export type AnyOperation = OperationOf<any>

/**
 * Defines an operation of a role: what people do to a running service, as a command with a plan. A run of it gathers the
 * facts of all hosts that have the role, in one round trip each and with their locks held. `decide` checks them before
 * anything is changed: it throws where the operation would do harm, and returns what the plays need to know. The plays are
 * made of the same tasks as everything else. An operation that was interrupted is run again, so let `decide` recognize a
 * state half way.
 *
 * @example
 * ```ts
 * import { command, defineOperation, defineRole, service, sh, z } from 'foobar-deploy'
 *
 * const variables = z.strictObject({ queue: z.string().default('mail') })
 *
 * const flush = defineOperation({
 *   summary: 'Deliver everything that waits in the queue',
 *   variables,
 *   args: z.strictObject({ limit: z.int().default(1000).describe('How many messages at most') }),
 *   plays: [
 *     {
 *       name: 'Flush',
 *       tasks: ({ vars, args }) => [command({ run: sh`flush-queue ${vars.queue} ${args.limit}`, always: true })],
 *     },
 *   ],
 * })
 *
 * export const mailer = defineRole({
 *   name: 'mailer',
 *   variables,
 *   operations: { flush },
 *   tasks: () => [service({ name: 'mailer', running: true })],
 * })
 * ```
 */
export function defineOperation<
  V extends z.ZodObject = z.ZodObject<Record<never, never>>,
  A extends z.ZodObject = z.ZodObject<Record<never, never>, z.core.$strict>,
  Decision = undefined,
>(definition: {
  /** One line for `foobar-deploy do --help`. */
  readonly summary: string
  /** The variables of the role. */
  readonly variables?: V
  /** The arguments: each member is an option, with its description. */
  readonly args?: A
  /** Facts that `decide` needs, beside those of the role. */
  readonly facts?: readonly AnyFact[]
  /** Whether it begins although hosts cannot be reached. Default: false. */
  readonly withoutUnreachable?: boolean
  /** Judges the state of all hosts before anything is changed. */
  decide?(context: OperationContext<z.output<V>, z.output<A>>): Decision
  /** What a person must type first; undefined for nothing. */
  confirm?(decision: NoInfer<Decision>): Confirmation | undefined
  readonly plays: readonly OperationPlay<z.output<V>, z.output<A>, NoInfer<Decision>>[]
}): Operation<z.output<V>, z.output<A>, Decision> {
  const { summary, facts = [], withoutUnreachable = false, plays } = definition
  return {
    kind: 'operation',
    summary,
    args: definition.args ?? z.strictObject({}),
    facts,
    withoutUnreachable,
    decide: (context) => definition.decide?.(context) as Decision,
    confirm: (decision) => definition.confirm?.(decision),
    plays,
  }
}
