/** A user of a host. */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { type Change, compare } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh, withInput } from '../../shell/command.ts'
import { mask, Secret } from '../../shell/secret.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { type Account, account } from './account.query.ts'
import { accountName, accountNumber } from './account-name.ts'
import { type Password, password } from './password.query.ts'
import { allUserGroups, type UserGroup } from './user-group.query.ts'

const passwdField = /^[^:\n]*$/
const crypt = /^(\$[^$:\n]+\$[^:\n]+|_?[./0-9A-Za-z]{13,20})$/

const path = absolutePath.refine((given) => passwdField.test(given), 'must not hold a colon')

const userSchema = z
  .strictObject({
    /** Its name. */
    name: accountName('user'),
    /** Its number; by default the next free one. */
    uid: accountNumber.optional(),
    /** Name of the first group; by default one of the user's own name, which is created if it does not exist. */
    group: accountName('group').optional(),
    /** Names of further groups. The user stays in others, unless `exclusiveGroups` is set. */
    groups: z.array(accountName('group')).optional(),
    /** Whether the user leaves all groups that are not in `groups`; default false. */
    exclusiveGroups: z.boolean().default(false),
    /** The home; by default the host's choice for a new user. */
    home: path.optional(),
    /** The login shell; by default the host's choice for a new user. */
    shell: path.optional(),
    /** The real name, or what the user is for. */
    comment: z.string().regex(passwdField, 'must be one line without a colon').optional(),
    /** Whether a new user gets a number from those for the system, and no home; default false. */
    system: z.boolean().default(false),
    /** Whether the home is created if it is missing, and moved if `home` changes; by default yes, except for system users. */
    createHome: z.boolean().optional(),
    /** A hash as crypt(5) has it: `mkpasswd --method=yescrypt` makes one. */
    password: z
      .instanceof(Secret<string>, { error: 'must be a Secret that holds a hash as crypt(5) has it' })
      .refine(
        (secret) => !secret.hasValue || crypt.test(secret.reveal()),
        'must hold a hash as crypt(5) has it ($y$..., $6$...), not the password',
      )
      .optional(),
    /** Whether logging in with the password is impossible; keys still work. */
    locked: z.boolean().optional(),
    state: z.enum(['present', 'absent']).default('present'),
    /** Whether the home of an absent user is removed too; default false. */
    removeHome: z.boolean().default(false),
  })
  .superRefine((given, context) => {
    const refuse = (key: keyof typeof given, message: string) =>
      context.addIssue({ code: 'custom', message, path: [key] })
    if (given.state === 'absent') {
      for (const key of ['uid', 'group', 'groups', 'home', 'shell', 'comment', 'password', 'locked'] as const) {
        if (given[key] !== undefined) refuse(key, 'does not apply to a user that is absent')
      }
      if (given.name === 'root') refuse('state', 'root cannot be absent')
    } else if (given.removeHome) {
      refuse('removeHome', "goes with state: 'absent'")
    }
    if (given.exclusiveGroups && !given.groups) refuse('exclusiveGroups', 'needs groups')
  })
  .transform((given) => ({
    ...given,
    groups: given.groups && [...new Set(given.groups)].sort(),
    createHome: given.createHome ?? !given.system,
  }))

/** What a `user` task desires, with defaults filled in. */
export type UserDesired = z.output<typeof userSchema>

/** What a host knows of a user. */
export interface UserState {
  readonly account?: Account | undefined
  /** The first group's name, or its number where that has none. */
  readonly group?: string
  /** Further groups, sorted. */
  readonly groups: readonly string[]
  readonly password?: Password | undefined
  /** Whether there is a group of the user's own name. */
  readonly hasNamesake: boolean
}

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
        [`group ${lacking}`],
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
  provides: ({ name, home }, current) => [
    `user ${name}`,
    `group ${name}`,
    `path ${home ?? current?.account?.home ?? `/home/${name}`}`,
  ],
  diff,
  *apply(changes, desired, current) {
    yield* userCommands(changes, desired, current)
  },
})

function diff({ account, group, groups, password }: UserState, desired: UserDesired): Change[] {
  if (desired.state === 'absent') return account ? [{ key: 'state', from: 'present', to: 'absent' }] : []
  const wantedGroups = desired.groups && (desired.exclusiveGroups ? desired.groups : union(groups, desired.groups))
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

/** The commands that carry out `changes`. */
function* userCommands(changes: readonly Change[], desired: UserDesired, current: UserState): Iterable<Command> {
  const { name, password, locked } = desired
  if (desired.state === 'absent') {
    yield sh`userdel ${desired.removeHome ? ['-r'] : []} -- ${name}`
    return
  }
  const has = (key: string) => changes.some((change) => change.key === key)
  if (!current.account) yield make(desired, current)
  else yield* change(current, desired, has)
  if (password && has('password')) {
    yield withInput(sh`chpasswd -e`, new Secret(password.name, `${name}:${password.reveal()}\n`))
  }
  // A new password is open, a new user without one is locked.
  if (locked && (has('locked') || has('password'))) yield sh`usermod -L -- ${name}`
  if (locked === false && has('locked') && !has('password')) yield sh`usermod -U -- ${name}`
}

function make(desired: UserDesired, { hasNamesake }: UserState): Command {
  const { name, groups, system, createHome } = desired
  const group = desired.group ?? (hasNamesake ? name : undefined)
  const words = [
    ...(system ? ['-r'] : []),
    createHome ? '-m' : '-M',
    ...option('-u', desired.uid),
    ...option('-g', group),
    ...option('-G', groups?.join(',') || undefined),
    ...option('-d', desired.home),
    ...option('-s', desired.shell),
    ...option('-c', desired.comment),
  ]
  return sh`useradd ${words} -- ${name}`
}

function* change({ account }: UserState, desired: UserDesired, has: (key: string) => boolean): Iterable<Command> {
  const { name, groups, exclusiveGroups, createHome } = desired
  const changed = (flag: string, key: 'uid' | 'group' | 'home' | 'shell' | 'comment') =>
    has(key) ? option(flag, desired[key]) : []
  const isMoved = has('home') && createHome && account?.homeExists === true
  if (isMoved && desired.home !== undefined) yield moveHome(name, account.home, desired.home)
  const words = [
    ...changed('-u', 'uid'),
    ...changed('-g', 'group'),
    ...(has('groups') ? [...(exclusiveGroups ? [] : ['-a']), ...option('-G', groups?.join(','))] : []),
    ...(isMoved ? [] : changed('-d', 'home')),
    ...changed('-s', 'shell'),
    ...changed('-c', 'comment'),
  ]
  if (words.length > 0) yield sh`usermod ${words} -- ${name}`
  if (has('createHome')) {
    // With the mode that useradd would give it.
    const home = desired.home ?? account?.home ?? ''
    yield sh`home=${home} name=${name}
if ! [ -d "$home" ]; then
  of() { sed -n "s/^$1[[:blank:]]*\\([0-7]*\\).*/\\1/p" /etc/login.defs 2>/dev/null; }
  mask=$(of UMASK) mode=$(of HOME_MODE)
  (umask "\${mask:-022}" && mkdir -p -- "$home") && { [ -z "$mode" ] || chmod -- "$mode" "$home"; } &&
    cp -RT -- /etc/skel "$home" && chown -Rh -- "$name:" "$home"
fi`
  }
}

/**
 * usermod writes the new home to the user database before it moves the folder. If it cannot move it (status 12), the old home is
 * written back: the user would be without it, and the next run would find nothing to do.
 */
function moveHome(name: string, from: string, to: string): Command {
  const occupied = `The home of ${name} cannot be moved from ${from}: ${to} exists. Remove one of them; or set createHome: false to make ${to} the home as it is`
  return sh`if [ -e ${to} ]; then echo ${occupied} >&2; exit 1; fi
usermod -d ${to} -m -- ${name} || {
  status=$?
  if [ "$status" -eq 12 ] && [ -d ${from} ]; then
    usermod -d ${from} -- ${name} && echo ${`The home of ${name} is still ${from}`} >&2
  fi
  exit "$status"
}`
}

function option(flag: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [flag, String(value)]
}
