/** Inventories: the hosts, their groups and variables, and the playbook they are for. */

import { z } from 'zod'
import { definedOnly, type SourceLocation } from '../errors.ts'
import { type ConnectionSettings, connectionSchema } from './host.ts'
import { type LabDeclaration, labSchema } from './lab.ts'
import { callerLocation } from './origin.ts'
import type { AnyPlaybook, Playbook } from './playbook.ts'
import { type Problem, problemsOf } from './problem.ts'

type GroupOf<P> = P extends Playbook<infer Group, infer _V, infer _H> ? Group : never
type VarsOf<P> = P extends Playbook<infer _G, infer Variables, infer _H> ? z.input<Variables> : never
type HostVarsOf<P> = P extends Playbook<infer _G, infer _V, infer HostVariables> ? z.input<HostVariables> : never

type None = Record<string, never>
/** A host's own variables with those it may override. Where a playbook has none of one kind, the type of none forbids all. */
type LayerOf<P> = [HostVarsOf<P>] extends [None]
  ? Partial<VarsOf<P>>
  : [VarsOf<P>] extends [None]
    ? HostVarsOf<P>
    : HostVarsOf<P> & Partial<VarsOf<P>>

/** A member that may be left out when nothing in it is required. */
type Member<Name extends string, T> =
  Record<never, never> extends T ? { readonly [K in Name]?: T } : { readonly [K in Name]: T }

/** A host in an inventory: its address, its connection, the variables of its own, and those it overrides. */
export type HostDeclaration<P> = ConnectionSettings & { readonly address: string } & Member<'vars', LayerOf<P>>

/** What {@link defineInventory} takes. */
export type InventoryDefinition<P extends AnyPlaybook, HostName extends string> = {
  readonly playbook: P
  readonly hosts: { readonly [N in HostName]: HostDeclaration<P> }
  /** The members of each of the playbook's groups: hosts, or other groups with all of theirs. */
  readonly groups: { readonly [G in GroupOf<P>]: readonly NoInfer<HostName | GroupOf<P>>[] }
  /** Variables that hold for the hosts of a group; they override `vars`. */
  readonly groupVars?: { readonly [G in GroupOf<P>]?: Partial<LayerOf<P>> }
  /** Connection settings for all hosts; a host's own override them. */
  readonly defaults?: ConnectionSettings
  /** Throw-away local hosts to stand in for real ones. */
  readonly lab?: z.input<typeof labSchema>
} & Member<'vars', VarsOf<P>>

/** An inventory as declared and checked for shape; its variables are checked when they are merged for each host. */
export interface Inventory {
  readonly kind: 'inventory'
  readonly playbook: AnyPlaybook
  readonly hosts: Readonly<
    Record<
      string,
      ConnectionSettings & { readonly address: string; readonly vars?: Record<string, unknown> | undefined }
    >
  >
  readonly groups: Readonly<Record<string, readonly string[]>>
  readonly vars: Readonly<Record<string, unknown>>
  readonly groupVars: Readonly<Record<string, Record<string, unknown>>>
  readonly defaults: ConnectionSettings
  readonly lab?: LabDeclaration
  readonly problems: readonly Problem[]
  readonly at?: SourceLocation
}

const variables = z.record(z.string(), z.unknown())
const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]*$/, 'a name starts with a letter or digit and holds letters, digits, . _ and - alone')
const shape = z.strictObject({
  playbook: z.custom<AnyPlaybook>(isPlaybook, 'must be a playbook, as definePlaybook makes it'),
  hosts: z.record(name, connectionSchema.extend({ address: z.string().min(1), vars: variables.optional() })),
  groups: z.record(name, z.array(z.string())),
  vars: variables.default({}),
  groupVars: z.record(name, variables).default({}),
  defaults: connectionSchema.default({}),
  lab: labSchema.optional(),
})

/**
 * Defines an inventory for a playbook.
 *
 * @example
 * ```ts
 * import { apt, defineInventory, definePlaybook, z } from 'foobar-deploy'
 *
 * const site = definePlaybook({
 *   name: 'site',
 *   groups: ['web'],
 *   variables: z.strictObject({ port: z.int() }),
 *   plays: () => [{ name: 'Web', hosts: 'web', tasks: () => [apt({ packages: ['nginx'] })] }],
 * })
 *
 * export default defineInventory({
 *   playbook: site,
 *   vars: { port: 8080 },
 *   hosts: { web1: { address: '192.168.56.11', user: 'vagrant' } },
 *   groups: { web: ['web1'] },
 * })
 * ```
 */
export function defineInventory<const P extends AnyPlaybook, const HostName extends string>(
  definition: InventoryDefinition<P, HostName>,
): Inventory {
  const at = callerLocation()
  const parsed = shape.safeParse(definition)
  if (!parsed.success) {
    const empty = { hosts: {}, groups: {}, vars: {}, groupVars: {}, defaults: {} }
    const problems = problemsOf(parsed.error, 'inventory', at, shape)
    return { kind: 'inventory', playbook: definition.playbook, ...empty, problems, ...definedOnly({ at }) }
  }
  const { lab, ...inventory } = parsed.data
  const problems = [...inventory.playbook.problems, ...groupProblems(inventory, at)]
  return { kind: 'inventory', ...inventory, ...definedOnly({ lab, at }), problems } as Inventory
}

/** The names of the hosts in `group`, directly or by a group within; `all` are all hosts. In the inventory's order. */
export function hostsIn({ hosts, groups }: Pick<Inventory, 'hosts' | 'groups'>, group: string): string[] {
  const members = new Set(group === 'all' ? Object.keys(hosts) : resolve(groups, group))
  return Object.keys(hosts).filter((host) => members.has(host))
}

/** The groups a host is in, those furthest out first, so that later ones are the more specific. */
export function groupsOf(inventory: Pick<Inventory, 'hosts' | 'groups'>, host: string): string[] {
  const { groups } = inventory
  const depths = new Map<string, number>()
  const depth = (group: string): number => {
    const known = depths.get(group)
    if (known !== undefined) return known
    const found = 1 + Math.max(0, ...(groups[group] ?? []).filter((member) => member in groups).map(depth))
    depths.set(group, found)
    return found
  }
  return Object.keys(groups)
    .filter((group) => hostsIn(inventory, group).includes(host))
    .sort((left, right) => depth(right) - depth(left))
}

// Each name once: groups that share groups would multiply at every level.
function resolve(groups: Inventory['groups'], name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const member of groups[name] ?? []) resolve(groups, member, seen)
  return seen
}

type Shape = Pick<Inventory, 'playbook' | 'hosts' | 'groups' | 'groupVars'>

function groupProblems({ playbook, hosts, groups, groupVars }: Shape, at: SourceLocation | undefined): Problem[] {
  const wanted: readonly string[] = playbook.groups
  const problem = (path: string, message: string): Problem => ({
    subject: 'inventory',
    path,
    message,
    ...definedOnly({ at }),
  })
  const unknownMembers = Object.entries(groups).flatMap(([group, members]) =>
    members
      .filter((member) => !(member in hosts) && !(member in groups))
      .map((member) => problem(`groups.${group}`, `${member} is no host and no group of this inventory`)),
  )
  const cycles = Object.keys(groups).flatMap((group) => {
    const way = wayTo(groups, group, group, new Set())
    return way ? [{ group, way: [group, ...way].join(' > ') }] : []
  })
  return [
    ...wanted
      .filter((group) => !(group in groups))
      .map((group) => problem(`groups.${group}`, `missing; playbook ${playbook.name} needs it`)),
    ...Object.keys(groups)
      .filter((group) => !wanted.includes(group))
      .map((group) =>
        problem(`groups.${group}`, `playbook ${playbook.name} has no such group, only ${wanted.join(', ')}`),
      ),
    ...Object.keys(groupVars)
      .filter((group) => !wanted.includes(group))
      .map((group) => problem(`groupVars.${group}`, `playbook ${playbook.name} has no such group`)),
    ...Object.keys(hosts)
      .filter((host) => host in groups || host === 'all')
      .map((host) => problem(`hosts.${host}`, 'is the name of a group too')),
    ...unknownMembers,
    ...cycles.map(({ group, way }) => problem(`groups.${group}`, `contains itself (${way}); leave one of these out`)),
  ]
}

/** The groups by which `from` contains `to`. */
function wayTo(groups: Inventory['groups'], from: string, to: string, seen: Set<string>): string[] | undefined {
  for (const member of groups[from] ?? []) {
    if (member === to) return [member]
    if (seen.has(member)) continue
    seen.add(member)
    const way = wayTo(groups, member, to, seen)
    if (way) return [member, ...way]
  }
  return undefined
}

function isPlaybook(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'playbook'
}
