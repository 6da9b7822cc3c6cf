/** The roles of a host in all plays, and what they say of it beside their tasks. */

import type { Host } from '../../model/host.ts'
import { hostsIn, type Inventory } from '../../model/inventory.ts'
import { type Opening, openingSchema } from '../../model/opening.ts'
import type { Play } from '../../model/playbook.ts'
import { problemsOf, refuse } from '../../model/problem.ts'
import type { HostScope, RoleContext, RoleInstance } from '../../model/role.ts'
import { type Declared, groupsOfPlay } from './declare-plays.ts'

/** Gives any host of the inventory by its name. */
export type HostView = (name: string) => Host

/** What roles and plays are told of a host and those around it. */
export type RoleScope = Omit<RoleContext<unknown>, 'vars'>

/** The scope of the roles of one host. */
export function roleScope(inventory: Inventory, declared: Declared, view: HostView, name: string): RoleScope {
  const own = { host: view(name), hosts: (group = 'all') => hostsIn(inventory, group).map(view) }
  return { ...own, openings: () => openingsOf(inventory, declared, own) }
}

/** Whether a play is for a host. */
export function isFor(inventory: Inventory, play: Play, name: string): boolean {
  return groupsOfPlay(play).some((group) => hostsIn(inventory, group).includes(name))
}

/** The role that an entry of a play stands for on a host. */
export function instanceOf(entry: NonNullable<Play['roles']>[number], { host, hosts }: HostScope): RoleInstance {
  if (typeof entry !== 'function') return entry
  if ('roleName' in entry)
    throw new TypeError(`role ${entry.roleName} stands there without its variables: write ${entry.roleName}()`)
  return entry(host, hosts)
}

/** The roles of a host in the order of the plays; one with a problem, which the build tells, is not among them. */
export function rolesOf(inventory: Inventory, declared: Declared, around: HostScope): RoleInstance[] {
  return roleEntriesOf(inventory, declared, around.host.name)
    .map(({ entry }) => instanceOf(entry, around))
    .filter(({ problems }) => problems.length === 0)
}

/** What stands under `roles` in the plays of a host, with the play of each. */
export function roleEntriesOf(inventory: Inventory, declared: Declared, name: string) {
  return (declared.hosts.get(name)?.plays ?? [])
    .filter((play) => isFor(inventory, play, name))
    .flatMap((play) => (play.roles ?? []).map((entry) => ({ play, entry })))
}

/** What the roles of a host let in. */
function openingsOf(inventory: Inventory, declared: Declared, around: HostScope): Opening[] {
  return rolesOf(inventory, declared, around).flatMap((role) =>
    role.opens(around).map((given) => {
      const checked = openingSchema.safeParse(given)
      if (!checked.success) refuse(problemsOf(checked.error, `what role ${role.name} opens`, role.at, openingSchema))
      return checked.data as Opening
    }),
  )
}
