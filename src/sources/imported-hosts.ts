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
  // Each name once: groups that share groups would multiply at every level.
  const within = (name: string, seen: Set<string>): Set<string> => {
    if (seen.has(name)) return seen
    seen.add(name)
    for (const member of Object.hasOwn(groups, name) ? (groups[name] ?? []) : []) within(member, seen)
    return seen
  }
  return {
    hosts,
    group: (name) => {
      if (name === 'all') return Object.keys(hosts)
      if (!Object.hasOwn(groups, name)) throw noGroup(name, Object.keys(groups), subject, at)
      const members = within(name, new Set())
      return Object.keys(hosts).filter((host) => members.has(host) && !Object.hasOwn(groups, host))
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
