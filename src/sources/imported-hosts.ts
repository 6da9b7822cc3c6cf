/** Hosts that come from outside of TypeScript: what sources give, to be put into an inventory. */

import { definedOnly, FoobarDeployError, type SourceLocation } from '../errors.ts'
import type { ConnectionSettings } from '../model/host.ts'
import { nearest } from '../model/nearest.ts'

/** A host as a source tells it; its variables are checked by the playbook's schemas when the inventory is loaded. */
export type ImportedHost<Vars> = ConnectionSettings & { readonly address: string; readonly vars: Vars }

/** Hosts by name, and the groups they are in. */
export interface ImportedHosts<Vars> {
  readonly hosts: Readonly<Record<string, ImportedHost<Vars>>>
  /** The names of the hosts of a group, those of groups within included; an error where the source has no such group. */
  group(name: string): readonly string[]
}

/** Puts hosts and the members of groups (hosts, or other groups) together; `subject` and `at` are for errors. */
export function importedHosts<Vars>(
  hosts: Readonly<Record<string, ImportedHost<Vars>>>,
  groups: Readonly<Record<string, readonly string[]>>,
  subject: string,
  at: SourceLocation | undefined,
): ImportedHosts<Vars> {
  const within = (name: string, path: readonly string[]): readonly string[] => {
    const members = Object.hasOwn(groups, name) ? groups[name] : undefined
    if (!members) return [name]
    return path.includes(name) ? [] : members.flatMap((member) => within(member, [...path, name]))
  }
  return {
    hosts,
    group: (name) => {
      if (name === 'all') return Object.keys(hosts)
      if (!Object.hasOwn(groups, name)) throw noGroup(name, Object.keys(groups), subject, at)
      const members = new Set(within(name, []))
      return Object.keys(hosts).filter((host) => members.has(host))
    },
  }
}

function noGroup(name: string, known: readonly string[], subject: string, at: SourceLocation | undefined) {
  const meant = nearest(name, known)
  return new FoobarDeployError('definition', 'unknown-source-group', 'The source of hosts has no such group', {
    detail: `${name} in ${subject}`,
    hint: meant ? `Did you mean ${meant}?` : `There are: ${['all', ...known].join(', ')}.`,
    ...definedOnly({ at }),
  })
}
