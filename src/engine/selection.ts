/** Selection: which hosts and which tasks a run is about. */

import { FoobarDeployError } from '../errors.ts'
import { hostsIn, type Inventory } from '../model/inventory.ts'
import { nearest } from '../model/nearest.ts'

/** The hosts that `limit` names, in the inventory's order: hosts, groups, and `!name` for those to leave out. */
export function selectHosts(inventory: Inventory, limit: readonly string[]): string[] {
  const known = [...Object.keys(inventory.hosts), ...Object.keys(inventory.groups), 'all']
  const resolve = (name: string) => {
    if (name in inventory.hosts) return [name]
    if (known.includes(name)) return hostsIn(inventory, name)
    const similar = nearest(name, known)
    throw new FoobarDeployError('usage', 'unknown-host', 'The inventory has no such host or group', {
      detail: name,
      hint: `${similar ? `Did you mean ${similar}? ` : ''}There are: ${known.join(', ')}.`,
    })
  }
  const left = limit.filter((name) => name.startsWith('!')).flatMap((name) => resolve(name.slice(1)))
  const named = limit.filter((name) => !name.startsWith('!')).flatMap(resolve)
  const wanted = named.length === 0 ? Object.keys(inventory.hosts) : named
  const hosts = Object.keys(inventory.hosts).filter((host) => wanted.includes(host) && !left.includes(host))
  if (hosts.length === 0) {
    throw new FoobarDeployError('usage', 'no-hosts', 'No host is left to work on', {
      detail: limit.length === 0 ? 'the inventory is empty' : `--limit ${limit.join(',')}`,
    })
  }
  return hosts
}

/** Whether a task with these tags is to run; one tagged `always` runs unless skipped, one tagged `never` if asked for. */
export function isSelected(tags: readonly string[], wanted: readonly string[], skipped: readonly string[]): boolean {
  if (tags.some((tag) => skipped.includes(tag))) return false
  if (tags.some((tag) => wanted.includes(tag))) return true
  if (tags.includes('never')) return false
  return wanted.length === 0 || tags.includes('always')
}
