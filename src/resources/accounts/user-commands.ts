/** The commands that make, change and remove users. */

import type { Change } from '../../plan/change.ts'
import { type Command, sh, withInput } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import type { UserDesired } from './user-schema.ts'
import type { UserState } from './user-state.ts'

/** The commands that carry out `changes`. */
export function* userCommands(changes: readonly Change[], desired: UserDesired, current: UserState): Iterable<Command> {
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
  const { name, groups, exactGroups, createHome } = desired
  const changed = (flag: string, key: 'uid' | 'group' | 'home' | 'shell' | 'comment') =>
    has(key) ? option(flag, desired[key]) : []
  const words = [
    ...changed('-u', 'uid'),
    ...changed('-g', 'group'),
    ...(has('groups') ? [...(exactGroups ? [] : ['-a']), ...option('-G', groups?.join(','))] : []),
    ...changed('-d', 'home'),
    ...(has('home') && createHome && account?.homeExists ? ['-m'] : []),
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

function option(flag: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [flag, String(value)]
}
