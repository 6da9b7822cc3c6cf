/** What the toolkit keeps on a host, and where: nothing that others can write to, read or name. */

import { quote } from '../../shell/quote.ts'

// Only root can make anything in /run.
const shared = '/run/foobar-deploy'

// A home may be shared by hosts, where processes and locks mean nothing to each other.
const ofThisHost = '$(cat /etc/machine-id 2>/dev/null)'

/**
 * The command that sets $L, where the user of the shell keeps things, and $D, the folder of the run there. It is for a
 * user who makes that folder without help: root, and where no task becomes root everyone.
 */
export function ownFolder(runId: string): string {
  return `if [ -O / ]; then L=${shared}/root; else L=$HOME/.local/state/foobar-deploy/runs/${ofThisHost}; fi; D=$L/${runId}`
}

/** The command that sets $D to a folder that root has made for the user of the shell. */
export function handedFolder(name: string): string {
  return `D=${shared}/${name}`
}

/**
 * Makes $L, of mode 0700, and makes sure that nobody else can put another folder in its place. What is wrong is in $G
 * afterwards.
 */
export const makeOwnFolder = `G=; umask 077; if [ ! -d "$L" ]; then G=$(mkdir -p -- "$L" 2>&1); fi; umask 022
v=$( { cd -P -- "$L" && x=$PWD && set -- && while [ -n "$x" ]; do set -- "$x" "$@"; x=\${x%/*}; done && stat -c '%u %a %n' -- / "$@"; } 2>/dev/null )
m=; while read -r u m n; do
  [ -z "$G" ] || break
  case $m in [1357]???) ;; *[2367]|*[2367]?) G="others can write to $n";; esac
  if [ "$u" != 0 ] && [ ! -O "$n" ]; then G="$n belongs to somebody else"; fi
  if [ "$n" -ef "$L" ] && [ "$m" != 700 ]; then chmod 700 -- "$n"; fi
done <<E
$v
E
if [ -z "$G" ] && [ ! -O "$L" ]; then G="$L belongs to somebody else"; fi`

/** Makes a folder for the record of another user's operations, as root; undefined stands for the user who logged in. */
export function handFolder(name: string, user: string | undefined): string {
  const folder = `${shared}/${name}`
  const owner = user === undefined ? `"\${SUDO_UID:-0}"` : quote(user)
  return [
    `chmod 711 ${shared} && { [ -d ${folder} ] || mkdir -m 700 ${folder}; } && chown -- ${owner} ${folder}`,
    `if [ $? = 0 ]; then P="$P ${folder}"; C=1; a ready; fi`,
  ].join('\n')
}

/** Says to a shell that took the lock over which folders go with it: its own, and those that were handed out before. */
export function goWith(names: readonly string[]): string {
  return `C=1; P="$P${names.map((name) => ` ${shared}/${name}`).join('')}"`
}

// Removes the folders of runs that have ended, those of all users where root asks. $X is the process of one that has not: one
// that is at work. A shell that has nothing to do keeps its own folder, but none that root made for a run that had the lock
// before. One that has just given up the lock may take a moment to end. Without the lock, a folder without a record may be one that is just being made. The owners may write what they like
// into their folders, so no link of theirs is followed, and no process of another user counts.
const sweepWhere = (hasLock: boolean) => `X=
for x in "$L"/*/ ${shared}/*/; do
  case $x in "$D/"|"$L/"|*\\**) continue;; esac
  Q=
  for c in shell chain; do
    q= s= b= y=
    read -r q s b y <<E
$(timeout 2 dd "if=$x/$c" iflag=nofollow,nonblock bs=99 count=1 status=none 2>/dev/null)
E
    case $q in ''|*[!0-9]*) ${hasLock ? '' : '[ $c = chain ] || Q=1; '}continue;; esac
    l "$q" "$s" "$b" && [ "$(stat -c %u -- "/proc/$q" 2>/dev/null)" = "$(stat -c %u -- "$x")" ] || continue
    if [ "$y" = busy ]; then X=$q Q=1; elif [ "\${x#"$L"}" != "$x" ]; then ${hasLock ? 'sleep 0.1; l "$q" "$s" "$b" && ' : ''}Q=1; fi
  done
  if [ -z "$Q" ] && { [ -O / ] || [ "\${x#"$L"}" != "$x" ]; }; then rm -rf -- "$x"; fi
done`

/** Removes what runs left behind, by whoever has the lock. $X is the shell of one that is still at work. */
export const sweep = `${sweepWhere(true)}
if [ -O / ]; then for x in /run/.*.verify.foobar-deploy; do if [ -f "$x" ]; then rm -f -- "$x"; fi; done; fi`

/** Makes the folder for the record of a user who makes it without help and has no lock. */
export const keepOwnRecord = `${makeOwnFolder}
if [ -z "$G" ]; then ${sweepWhere(false)}
a ready; else echo "$G" >&2; fi`

const pendingFolder = `if [ -O / ]; then O=/var/lib/foobar-deploy/pending; else O=$HOME/.local/state/foobar-deploy/pending/${ofThisHost}; fi`

/** Prints the pending handlers, one a line after `pending=`. */
export const listPending = `${pendingFolder}; for x in "$O"/*; do [ -e "$x" ] && printf 'pending=%s\\n' "\${x##*/}"; done`

/** Records handlers as pending, durably. */
export function recordPending(handlers: readonly string[]): string {
  const files = handlers.map((name) => `"$O"/${quote(encodeURIComponent(name))}`)
  return [
    pendingFolder,
    'umask 077; [ -d "$O" ] || mkdir -p -- "$O" || exit',
    ...files.map((file) => `: >${file} || exit`),
    `sync -- ${files.join(' ')} "$O"`,
  ].join('\n')
}

/** Removes handlers from those that are pending. */
export function clearPending(handlers: readonly string[]): string {
  const files = handlers.map((name) => `"$O"/${quote(encodeURIComponent(name))}`)
  return `${pendingFolder}; rm -f -- ${files.join(' ')}`
}
