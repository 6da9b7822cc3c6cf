/** The script that rewrites authorized_keys: as the user, so that it can touch nothing that is not the user's. */

import { type Command, sh } from '../../shell/command.ts'
import type { AuthorizedKeys } from './authorized-keys.query.ts'

/** What is to become of the lines. */
export interface KeyEdit {
  /** Lines that hold one of these texts go; or all lines. */
  readonly drop: 'all' | readonly string[]
  /** Lines that come at the end. */
  readonly add: readonly string[]
}

/** The command that edits the keys of `user`. */
export function writeKeys(user: string, { uid, home }: AuthorizedKeys, { drop, add }: KeyEdit): Command {
  // The user may put a pipe in the place of a file while it is read.
  // What another user made is moved aside, and what the user may read of it is copied: nothing is given to anybody.
  const edit = sh`umask 077
cd -- ${home} || exit
now=$(date -u +%Y%m%dT%H%M%SZ)
if [ -d .ssh ] && ! [ -L .ssh ] && ! [ -O .ssh ]; then
  rm -rf -- .ssh.foobar-deploy && mkdir -- .ssh.foobar-deploy || exit
  cp -RP -- .ssh/. .ssh.foobar-deploy 2>/dev/null
  mv -T -- .ssh ".ssh.$now.bak" && mv -T -- .ssh.foobar-deploy .ssh || exit
fi
mkdir -p .ssh && chmod 0700 .ssh || exit
file=.ssh/authorized_keys staged=.ssh/.authorized_keys.foobar-deploy
if [ -f "$file" ] && ! [ -r "$file" ]; then mv -T -- "$file" "$file.$now.bak" || exit; fi
{
  ${drop === 'all' ? sh`:` : keep(drop)}
  ${add.length === 0 ? sh`:` : sh`printf '%s\\n' ${add}`}
} >"$staged" && chmod 0600 "$staged" && sync -- "$staged" && mv -fT -- "$staged" "$file" && sync -- .ssh`
  return sh`(
if [ "$(id -u)" = ${uid} ]; then as=; else as=${`timeout -k 5 60 runuser -u ${user} --`}; fi
printf '%s\\n' ${edit.script} | $as sh
)`
}

function keep(drop: readonly string[]): Command {
  const patterns: Command = { kind: 'command', script: drop.map((text) => `*${text}*`).join(' | ') }
  const matching = drop.length === 0 ? sh`` : sh`${patterns}) ;;`
  return sh`if [ -e "$file" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in ${matching} *) printf '%s\\n' "$line" ;; esac
    done <"$file" || exit
  fi`
}
