/** A user of a host. */

import { createHash } from 'node:crypto'
import { defineResource } from '../../model/task.ts'
import { type Change, compare } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { mask } from '../../shell/secret.ts'
import { type Account, account } from './account.query.ts'
import { type Password, password } from './password.query.ts'
import { userCommands } from './user-commands.ts'
import { allUserGroups, type UserGroup } from './user-group.query.ts'
import { type UserDesired, userSchema } from './user-schema.ts'
import type { UserState } from './user-state.ts'

interface Asked {
  readonly [name: string]: Query<unknown>
  readonly account: Query<Account | undefined>
  readonly groups: Query<readonly UserGroup[]>
  readonly password: Query<Password | undefined>
}

/**
 * A user. What is not said is left as it is; a new user gets the host's defaults.
 *
 * Groups must be there before. A password is a hash, sent by standard input and read back as a digest alone.
 *
 * @example
 * ```ts
 * import { user } from 'foobar-deploy'
 *
 * user({ name: 'deploy', groups: ['sudo'], shell: '/bin/bash' })
 * user({ name: 'app', system: true, home: '/srv/app', shell: '/usr/sbin/nologin' })
 * user({ name: 'olduser', state: 'absent' })
 * ```
 */
export const user = defineResource({
  type: 'user',
  schema: userSchema,
  id: ({ name }) => name,
  read: (desired): Asked => {
    const { name } = desired
    const secret = desired.password !== undefined || desired.locked !== undefined
    const asked = { account: account(name), groups: allUserGroups('all') }
    return (secret ? { ...asked, password: password(name) } : asked) as Asked
  },
  parse: ({ account, groups, password }, desired): UserState | Unavailable => {
    const { name } = desired
    const lacking = [desired.group ?? [], desired.groups ?? []].flat().find((wanted) => !groups.some(isNamed(wanted)))
    if (lacking !== undefined) {
      return new Unavailable(
        `there is no group ${lacking}`,
        `Add group({ name: '${lacking}' }) before this task, or install the package that brings it.`,
      )
    }
    const hasNamesake = groups.some(isNamed(name))
    if (!account) return { groups: [], hasNamesake }
    if ((desired.password || desired.locked !== undefined) && !password) {
      return new Unavailable(`the password of ${name} cannot be seen`, 'Only root may: let the task become root.')
    }
    const further = groups.filter(({ members }) => members.includes(name)).map((group) => group.name)
    return {
      account,
      group: groups.find(({ gid }) => gid === account.gid)?.name ?? String(account.gid),
      groups: further.sort(),
      ...(password ? { password } : {}),
      hasNamesake,
    }
  },
  writes: ({ home, createHome, removeHome }, current) => {
    const path = home ?? current?.account?.home
    return path !== undefined && (createHome || removeHome) ? [{ path, isRemoved: removeHome }] : []
  },
  diff,
  *apply(changes, desired, current) {
    yield* userCommands(changes, desired, current)
  },
})

function diff({ account, group, groups, password }: UserState, desired: UserDesired): Change[] {
  if (desired.state === 'absent') return account ? [{ key: 'state', from: 'present', to: 'absent' }] : []
  const wantedGroups = desired.groups && (desired.exactGroups ? desired.groups : union(groups, desired.groups))
  const current = { ...account, group, groups, locked: password?.locked }
  const made: Change[] = account ? [] : [{ key: 'state', from: 'absent', to: 'present' }]
  return [
    ...made,
    ...compare(current, { ...desired, groups: wantedGroups }, ['uid', 'group', 'groups', 'home', 'shell', 'comment']),
    ...(account && desired.createHome && !account.homeExists ? [{ key: 'createHome', from: false, to: true }] : []),
    ...(desired.password && digestOf(desired.password.reveal()) !== password?.digest
      ? [{ key: 'password', from: password?.digest === undefined ? null : mask, to: mask }]
      : []),
    ...compare(current, desired, ['locked']),
  ]
}

function digestOf(hash: string): string {
  return createHash('sha256').update(hash).digest('hex')
}

function union(left: readonly string[], right: readonly string[]): string[] {
  return [...new Set([...left, ...right])].sort()
}

function isNamed(name: string): (group: UserGroup) => boolean {
  return (group) => group.name === name
}
