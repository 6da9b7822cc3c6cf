/** An Ansible inventory as data, whatever it was written in, and the variables that hold for each host. */

/** Variables by name. */
export type AnsibleVars = Readonly<Record<string, unknown>>

/** A group as it is being read. */
export interface AnsibleGroup {
  readonly hosts: Set<string>
  readonly children: Set<string>
  vars: AnsibleVars
}

/** An inventory as it is being read. */
export interface AnsibleInventory {
  readonly hosts: Map<string, AnsibleVars>
  readonly groups: Map<string, AnsibleGroup>
}

/** The most hosts of one inventory: ranges must not fill the memory, however many there are. */
export const mostHosts = 100_000

/** An inventory with nothing in it. */
export function emptyInventory(): AnsibleInventory {
  return { hosts: new Map(), groups: new Map() }
}

/** The group of that name, made where there is none. */
export function groupIn({ groups }: AnsibleInventory, name: string): AnsibleGroup {
  const group = groups.get(name) ?? { hosts: new Set(), children: new Set(), vars: {} }
  groups.set(name, group)
  return group
}

/** Adds a host, with variables over those it has. */
export function addHost({ hosts }: AnsibleInventory, name: string, vars: AnsibleVars): void {
  hosts.set(name, { ...hosts.get(name), ...vars })
}

/** The members of each group but `all`: hosts, and groups within. */
export function membersOf({ groups }: AnsibleInventory): Record<string, string[]> {
  return Object.fromEntries(
    [...groups].flatMap(([name, { hosts, children }]) =>
      name === 'all' ? [] : [[name, [...hosts, ...[...children].filter((child) => groups.has(child))]]],
    ),
  )
}

/** The variables of a host: those of `all`, then of its groups from the outermost in, then its own, as Ansible merges them. */
export function varsOf(inventory: AnsibleInventory, host: string): AnsibleVars {
  const { groups, hosts } = inventory
  const own = [...groups].filter(([, group]) => group.hosts.has(host)).map(([name]) => name)
  const depths = new Map<string, number>()
  const parents = (name: string) =>
    [...groups].filter(([, { children }]) => children.has(name)).map(([parent]) => parent)
  const depth = (name: string, path: readonly string[]): number => {
    const known = depths.get(name)
    if (known !== undefined) return known
    const above = parents(name).filter((parent) => !path.includes(parent))
    const found = above.length === 0 ? 1 : 1 + Math.max(...above.map((parent) => depth(parent, [...path, name])))
    depths.set(name, found)
    return found
  }
  const all = new Set<string>()
  const climb = (name: string) => {
    if (all.has(name)) return
    all.add(name)
    for (const parent of parents(name)) climb(parent)
  }
  for (const name of own) climb(name)
  all.delete('all')
  const order = [...all].sort((left, right) => depth(left, []) - depth(right, []) || (left < right ? -1 : 1))
  const layers = ['all', ...order].map((name) => groups.get(name)?.vars ?? {})
  return Object.assign({}, ...layers, hosts.get(host))
}
