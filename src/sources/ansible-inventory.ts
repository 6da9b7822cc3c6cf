/** An Ansible inventory as data, whatever it was written in, and the variables that hold for each host. */

import type { SourceLocation } from '../errors.ts'

/** Variables by name. */
export type AnsibleVars = Readonly<Record<string, unknown>>

/** A value and where it stands. */
export interface AnsibleVariable {
  readonly value: unknown
  readonly at?: SourceLocation
}

/** Variables by name, each with its place. */
export type AnsibleVariables = ReadonlyMap<string, AnsibleVariable>

/** A host as it is being read. */
export interface AnsibleHostEntry {
  vars: AnsibleVariables
  /** Those of `host_vars/`. */
  fileVars: AnsibleVariables
}

/** A group as it is being read. */
export interface AnsibleGroup extends AnsibleHostEntry {
  readonly hosts: Set<string>
  readonly children: Set<string>
}

/** An inventory as it is being read. */
export interface AnsibleInventory {
  readonly hosts: Map<string, AnsibleHostEntry>
  readonly groups: Map<string, AnsibleGroup>
}

/** The most hosts of one inventory: ranges must not fill the memory, however many there are. */
export const mostHosts = 100_000

/** An inventory with nothing in it. */
export function emptyInventory(): AnsibleInventory {
  return { hosts: new Map(), groups: new Map() }
}

/** The variables in `vars`, all at the same place. */
export function variablesOf(vars: AnsibleVars, at: SourceLocation | undefined): AnsibleVariables {
  return new Map(Object.entries(vars).map(([name, value]) => [name, at ? { value, at } : { value }]))
}

/** The variables of all layers; later ones stand. */
export function merged(...layers: readonly AnsibleVariables[]): AnsibleVariables {
  return new Map(layers.flatMap((layer) => [...layer]))
}

/** The group of that name, made where there is none. */
export function groupIn({ groups }: AnsibleInventory, name: string): AnsibleGroup {
  const group = groups.get(name) ?? { hosts: new Set(), children: new Set(), vars: new Map(), fileVars: new Map() }
  groups.set(name, group)
  return group
}

/** Adds a host, with variables over those it has; a port in its name counts where it is named first. */
export function addHost(
  { hosts }: AnsibleInventory,
  name: string,
  vars: AnsibleVariables,
  port?: AnsibleVariable,
): void {
  const known = hosts.get(name)
  const first: AnsibleVariables = port ? new Map([['ansible_port', port]]) : new Map()
  hosts.set(name, { vars: merged(known?.vars ?? first, vars), fileVars: known?.fileVars ?? new Map() })
}

/** The members of each group but `all`: hosts, and groups within. */
export function membersOf(inventory: AnsibleInventory): Record<string, string[]> {
  const { groups } = inventory
  const grouped = new Set(
    [...groups].flatMap(([name, { hosts }]) => (name === 'all' || name === 'ungrouped' ? [] : [...hosts])),
  )
  return Object.fromEntries(
    [...groups].flatMap(([name, { hosts, children }]) => {
      // Whoever is in another group too is not ungrouped.
      const own = name === 'ungrouped' ? [...hosts].filter((host) => !grouped.has(host)) : [...hosts]
      return name === 'all' ? [] : [[name, [...own, ...[...children].filter((child) => groups.has(child))]]]
    }),
  )
}

/** Tells the variables of hosts, as Ansible merges them. */
export function varsReader(inventory: AnsibleInventory): (host: string) => AnsibleVariables {
  const { groups, hosts } = inventory
  const parents = new Map<string, string[]>()
  const groupsOf = new Map<string, string[]>()
  for (const [name, group] of groups) {
    for (const child of group.children) parents.set(child, [...(parents.get(child) ?? []), name])
    for (const host of group.hosts) groupsOf.set(host, [...(groupsOf.get(host) ?? []), name])
  }
  const depths = new Map<string, number>([['all', 0]])
  const depth = (name: string, path: readonly string[]): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    const above = (parents.get(name) ?? []).filter((parent) => !path.includes(parent))
    const found = 1 + Math.max(0, ...above.map((parent) => depth(parent, [...path, name])))
    depths.set(name, found)
    return found
  }
  const priority = (name: string) => Number(groups.get(name)?.vars.get('ansible_group_priority')?.value ?? 1)
  const compare = (left: string, right: string) =>
    depth(left, []) - depth(right, []) || priority(left) - priority(right) || (left < right ? -1 : 1)
  return (host) => {
    const within = new Set<string>()
    const climb = (name: string) => {
      if (name === 'all' || within.has(name)) return
      within.add(name)
      for (const parent of parents.get(name) ?? []) climb(parent)
    }
    const direct = (groupsOf.get(host) ?? []).filter((name) => name !== 'all' && name !== 'ungrouped')
    for (const name of direct.length > 0 ? direct : ['ungrouped']) climb(name)
    const ordered = [...within].sort(compare).flatMap((name) => groups.get(name) ?? [])
    const all = groups.get('all')
    const own = hosts.get(host)
    const layers = [
      all?.vars,
      ...ordered.map(({ vars }) => vars),
      all?.fileVars,
      ...ordered.map(({ fileVars }) => fileVars),
    ]
    const found = new Map(
      merged(...layers.flatMap((layer) => layer ?? []), own?.vars ?? new Map(), own?.fileVars ?? new Map()),
    )
    found.delete('ansible_group_priority')
    return found
  }
}
