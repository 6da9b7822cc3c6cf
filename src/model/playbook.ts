/** Playbooks: which groups and variables they need, and their plays. */

import { z } from 'zod'
import type { SourceLocation } from '../errors.ts'
import type { AnyFact } from './fact.ts'
import type { Host } from './host.ts'
import { callerLocation } from './origin.ts'
import { type Problem, problemsOf } from './problem.ts'
import type { RoleContext, RoleInstance } from './role.ts'
import type { TaskList } from './task-tree.ts'

/** What stands in a playbook's variables where none are declared. */
export type NoVariables = z.ZodObject<Record<never, never>, z.core.$strict>

/** A number of hosts, or a percentage such as `25%`. */
export type BatchSize = number | `${number}%`

/** Tasks for the hosts of some groups. All hosts finish a play before the next begins. */
export interface Play<Group extends string = string, HostVars = Record<string, unknown>> {
  readonly name: string
  /** A group, several, or `all`. */
  readonly hosts: Group | 'all' | readonly Group[]
  /** The user that tasks run as, by default `root`; `false` for the one who connected. */
  readonly become?: string | false
  /**
   * So many hosts at a time go through the whole play, handlers included, before the next ones begin: a number, a percentage
   * of the play's hosts, or a list of either for batches that grow (`[1, '25%', '100%']`); the last is repeated.
   */
  readonly serial?: BatchSize | readonly BatchSize[]
  /**
   * The run ends for all hosts when more than this percentage of a batch has failed or is unreachable. Default: 0 for
   * a rolling play, so that the first failure ends it, and 100 for one that is not.
   */
  readonly maxFailPercent?: number
  /** The first failure on any host ends the run for all, each after the task it is at. */
  readonly anyErrorsFatal?: boolean
  /**
   * `next-play`: where tasks fail, the play ends, and the run goes on with the next play on all hosts, also those that failed; the
   * exit code tells. For what later plays do not depend on. Default: hosts that failed leave the run.
   */
  readonly onFailure?: 'next-play'
  /** The order of the hosts; default `inventory`. */
  readonly order?: 'inventory' | 'reverse' | 'name' | 'reverse-name' | 'shuffle'
  /** Names for `--tags` and `--skip-tags`, for every task in the play; those of a role have its name without more. */
  readonly tags?: readonly string[]
  /** Roles, or functions that give one for a host; `hosts` gives those of a group, as in a role. */
  readonly roles?: readonly (
    | RoleInstance
    | ((host: Host<HostVars>, hosts: RoleContext<unknown>['hosts']) => RoleInstance)
  )[]
  /** Tasks of the play's own, after those of the roles. */
  tasks?(context: Omit<RoleContext<unknown>, 'vars' | 'host'> & { readonly host: Host<HostVars> }): TaskList
}

/** A playbook: a value that inventories name. */
export interface Playbook<
  Group extends string = string,
  Variables extends z.ZodObject = z.ZodObject,
  HostVariables extends z.ZodObject = z.ZodObject,
> {
  readonly kind: 'playbook'
  readonly name: string
  readonly groups: readonly Group[]
  readonly variables: Variables
  readonly hostVariables: HostVariables
  readonly facts: readonly AnyFact[]
  readonly problems: readonly Problem[]
  readonly at: SourceLocation | undefined
  /** Called once for each host, with the variables in force for it. */
  readonly plays: (context: { readonly vars: z.output<Variables> }) => readonly Play<Group, z.output<HostVariables>>[]
}

/** Any playbook, where its types do not matter. */
// biome-ignore lint/suspicious/noExplicitAny: variables are checked by the playbook's own schemas
export type AnyPlaybook = Playbook<any, any, any>

const name = z.string().min(1)
// Known by its looks: a project may have a zod of its own.
const objectSchema = z.custom<z.ZodObject>(
  (value) => typeof value === 'object' && value !== null && 'safeParse' in value && 'shape' in value,
  'must be an object schema, as z.strictObject makes it',
)
const shape = z.strictObject({
  name,
  groups: z.array(z.string().regex(/^[a-z][\w-]*$/i, 'a group name is letters, digits, _ and -')),
  variables: objectSchema.optional(),
  hostVariables: objectSchema.optional(),
  facts: z
    .array(
      z.custom<AnyFact>(
        (value) => (value as { kind?: unknown } | null)?.kind === 'fact',
        'must be a fact, as defineFact makes it',
      ),
    )
    .optional(),
  plays: z.custom<() => unknown>((value) => typeof value === 'function', 'must be a function'),
})

/**
 * Defines a playbook. The inventory that names it must give each of its groups and variables, which the compiler checks.
 *
 * @example
 * ```ts
 * import { apt, definePlaybook, z } from 'foobar-deploy'
 *
 * export const site = definePlaybook({
 *   name: 'site',
 *   groups: ['web'],
 *   variables: z.strictObject({ domain: z.string() }),
 *   plays: ({ vars }) => [{ name: `Web for ${vars.domain}`, hosts: 'web', tasks: () => [apt({ packages: ['nginx'] })] }],
 * })
 * ```
 */
export function definePlaybook<
  const Group extends string,
  Variables extends z.ZodObject = NoVariables,
  HostVariables extends z.ZodObject = NoVariables,
>(definition: {
  readonly name: string
  readonly groups: readonly Group[]
  readonly variables?: Variables
  readonly hostVariables?: HostVariables
  /** Facts of its own, to be gathered with the others. */
  readonly facts?: readonly AnyFact[]
  readonly plays: (context: {
    readonly vars: z.output<Variables>
  }) => readonly Play<NoInfer<Group>, z.output<HostVariables>>[]
}): Playbook<Group, Variables, HostVariables> {
  const at = callerLocation()
  const parsed = shape.safeParse(definition)
  const variables = definition.variables ?? z.strictObject({})
  const hostVariables = definition.hostVariables ?? z.strictObject({})
  const { facts = [] } = definition
  const names = parsed.success ? facts.map((fact) => fact.name) : []
  const shared = parsed.success ? Object.keys(variables.shape).filter((key) => key in hostVariables.shape) : []
  return {
    kind: 'playbook',
    name: definition.name,
    groups: definition.groups,
    variables: variables as Variables,
    hostVariables: hostVariables as HostVariables,
    facts: parsed.success ? facts : [],
    problems: [
      ...(parsed.success ? [] : problemsOf(parsed.error, 'playbook', at, shape)),
      ...shared.map((key) => ({
        subject: 'playbook',
        path: `hostVariables.${key}`,
        message: 'is also one of the variables; a host could not tell which it sets',
        ...(at ? { at } : {}),
      })),
      ...[...new Set(names.filter((fact, index) => names.indexOf(fact) !== index))].map((fact) => ({
        subject: 'playbook',
        path: 'facts',
        message: `there are two facts called ${fact}`,
        ...(at ? { at } : {}),
      })),
    ],
    at,
    plays: definition.plays,
  }
}
