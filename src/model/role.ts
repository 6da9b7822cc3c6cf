/** Roles: typed functions from variables to tasks. */

import { z } from 'zod'
import { definedOnly, type SourceLocation } from '../errors.ts'
import type { AnyFact } from './fact.ts'
import type { Host } from './host.ts'
import type { Opening, OpeningInput } from './opening.ts'
import type { AnyOperation, OperationOf } from './operation.ts'
import { callerLocation } from './origin.ts'
import { type Problem, problemsOf } from './problem.ts'
import type { StatusProbe } from './status-probe.ts'
import type { TaskList } from './task-tree.ts'

/** What a role's tasks may depend on. */
export interface RoleContext<Vars> {
  /** The role's variables, checked, with defaults filled in. */
  readonly vars: Vars
  /** The host the tasks are for. */
  readonly host: Host
  /**
   * The hosts of a group, or all of the inventory. Facts have those that were `reached`: not those that `--limit` left
   * out or that are down, of which name, address, groups and variables are known all the same.
   */
  hosts(group?: string): readonly Host[]
  /** What the roles of this host let in from outside, in all plays. */
  openings(): readonly Opening[]
}

/** What a role is told, beside its variables, to say what it opens and how it is doing. */
export type HostScope = Pick<RoleContext<unknown>, 'host' | 'hosts'>

/** A role with its variables, as it stands in a play. */
export interface RoleInstance {
  readonly kind: 'role'
  readonly name: string
  /** What is wrong with its variables. */
  readonly problems: readonly Problem[]
  readonly at?: SourceLocation
  tasks(context: Omit<RoleContext<unknown>, 'vars'>): TaskList
  /** What it lets in from outside the host. */
  opens(context: HostScope): readonly OpeningInput[]
  /** What `status` asks of the host. */
  status(context: HostScope): readonly StatusProbe[]
  /** Its variables, checked, with defaults filled in. */
  readonly vars: unknown
  readonly facts: readonly AnyFact[]
  readonly operations: Readonly<Record<string, AnyOperation>>
}

/** A role: called with its variables it gives an instance. */
export interface Role<Input> {
  (...args: Record<never, never> extends Input ? [vars?: Input] : [vars: Input]): RoleInstance
  readonly roleName: string
  readonly variables: z.ZodType
}

/**
 * Defines a role. Its variables are a zod object, strict, so that a misspelt one is an error.
 *
 * @example
 * ```ts
 * import { apt, defineRole, service, z } from 'foobar-deploy'
 *
 * export const chrony = defineRole({
 *   name: 'chrony',
 *   variables: z.strictObject({ enabled: z.boolean().default(true) }),
 *   tasks: ({ vars }) => [apt({ packages: ['chrony'] }), service({ name: 'chrony', running: vars.enabled })],
 * })
 * ```
 */
export function defineRole<S extends z.ZodObject = z.ZodObject<Record<never, never>>>(definition: {
  readonly name: string
  readonly variables?: S
  tasks(context: RoleContext<z.output<S>>): TaskList
  /** What it lets in from outside the host; a firewall makes rules of it. */
  opens?(context: HostScope & { readonly vars: z.output<S> }): readonly OpeningInput[]
  /** What `foobar-deploy status` asks of each of its hosts. */
  status?(context: HostScope & { readonly vars: z.output<S> }): readonly StatusProbe[]
  /** Facts that its tasks and operations need; a playbook gathers them with its own where the role stands in a play as it is. */
  readonly facts?: readonly AnyFact[]
  /** What `foobar-deploy do` can do to it, by name. */
  readonly operations?: Readonly<Record<string, OperationOf<z.output<S>>>>
}): Role<z.input<S>> {
  const variables = definition.variables ?? z.strictObject({})
  const role = (vars: unknown = {}): RoleInstance => {
    const at = callerLocation()
    const parsed = variables.safeParse(vars)
    return {
      kind: 'role',
      name: definition.name,
      problems: parsed.success ? [] : problemsOf(parsed.error, `role ${definition.name}`, at, variables),
      ...definedOnly({ at }),
      tasks: (context) => definition.tasks({ ...context, vars: parsed.data as z.output<S> }),
      opens: (context) => definition.opens?.({ ...context, vars: parsed.data as z.output<S> }) ?? [],
      status: (context) => definition.status?.({ ...context, vars: parsed.data as z.output<S> }) ?? [],
      vars: parsed.data,
      facts: definition.facts ?? [],
      operations: (definition.operations ?? {}) as Readonly<Record<string, AnyOperation>>,
    }
  }
  return Object.assign(role, { roleName: definition.name, variables })
}
