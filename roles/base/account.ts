/** Tasks of the base role for the account of people: keys and sudo. */

import { apt, authorizedKey, sudoers, type TaskList, user } from 'foobar-deploy'
import type { BaseVariables } from './variables.ts'

/** Keys of others are left, since one of them may be ours; those that are revoked go. */
export function accountTasks({ admin }: BaseVariables): TaskList {
  if (!admin) return []
  const { name, keys, revokedKeys, groups, shell, sudo } = admin
  const rule = { user: name, runAs: 'ALL:ALL', commands: ['ALL'], noPassword: sudo === 'no-password' }
  const rules = `foobar-${name}`
  return [
    apt({ packages: ['sudo'] }),
    user({ name, groups, shell }),
    authorizedKey({ user: name, keys }),
    revokedKeys.length > 0 && authorizedKey({ user: name, keys: revokedKeys, state: 'absent' }),
    sudo === 'none' ? sudoers({ name: rules, state: 'absent' }) : sudoers({ name: rules, rules: [rule] }),
  ]
}
