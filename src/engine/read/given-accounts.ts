/** The users and groups that a task gives files to. They are read with its state, so a plan reports one that is missing. */

import type { Task } from '../../model/task-tree.ts'
import type { Need } from '../../plan/provision.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { account } from '../../resources/accounts/account.query.ts'
import { userGroup } from '../../resources/accounts/user-group.query.ts'

/** The accounts by what is needed of them: `user app`, `group www-data`. */
export function givenAccountsOf({ resource, desired }: Task): Readonly<Record<string, Query<object | undefined>>> {
  const uses = (resource.writes?.(desired) ?? []).filter(({ isRemoved }) => !isRemoved)
  const owners = namesIn(uses.map(({ owner }) => owner))
  const groups = namesIn(uses.map(({ group }) => group))
  return Object.fromEntries([
    ...owners.map((name) => [`user ${name}`, account(name)]),
    ...groups.map((name) => [`group ${name}`, userGroup(name)]),
  ])
}

/** Why the first of `accounts` that is missing keeps the task from being applied. */
export function missingAccount(accounts: Readonly<Record<string, object | undefined>>): Unavailable | undefined {
  const missing = Object.keys(accounts).find((name) => accounts[name] === undefined)
  if (missing === undefined) return undefined
  const [kind, name] = missing.split(' ')
  return new Unavailable(`there is no ${missing}`, `Add ${kind}({ name: '${name}' }) before this task.`, [
    missing as Need,
  ])
}

// root is always there, and a number needs no name.
function namesIn(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names)].filter((name) => name !== undefined && name !== 'root' && !/^\d+$/.test(name)) as string[]
}
