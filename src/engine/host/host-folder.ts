/** What the toolkit keeps on a host: the lock, the record of the operation under way, and the handlers owed. */

import { quote } from '../../shell/quote.ts'

/** Folder of one run for one user, for the record of its operations; it goes when the session ends. */
export function runFolder(runId: string, user: string | undefined): string {
  return user === 'root' ? `/run/foobar-deploy/${runId}` : `/tmp/foobar-deploy-${runId}-${user ?? 'login'}`
}

// The lock is an open file: it cannot be forgotten, because it goes with the shell that holds it. A user who is not root
// has a lock of their own.
const lockFolder = 'if [ -w /run ]; then L=/run/foobar-deploy; else L=/tmp/foobar-deploy-$(id -u); fi'

/** Who holds a lock, in one line; the first word is the run. */
export interface LockOwner {
  readonly runId: string
  /** Who runs it, where and since when. */
  readonly description: string
}

/**
 * Takes the host's lock for the session's life; answers `held`, or `busy` with the owner's line. With `takeOver` a shell
 * that a lost connection left behind in the same run is waited for first, so that nothing of it is still going on. A run
 * that has just ended may hold it for a moment longer than its process lives.
 */
export function acquireLock({ runId, description }: LockOwner, takeOver: boolean): string {
  return [
    lockFolder,
    '[ -d "$L" ] || mkdir -p -m 755 -- "$L"',
    'p= o=; { read -r p o <"$L/owner"; } 2>/dev/null',
    takeOver ? `case $o in ${quote(runId)}*) ${endShell};; esac` : ':',
    'command exec 9>>"$L/lock"',
    // What runs left behind whose connection was lost for good goes here, where no other run can be.
    `if flock -w ${takeOver ? 10 : 0.3} 9; then for x in "$L"/*/; do if [ -d "$x" ] && [ "$x" != "$D/" ]; then rm -rf -- "$x"; fi; done`,
    // Where this cannot be written, neither can the record of what is done. tee says why, which the shell does not.
    `if { echo "$$" ${quote(`${runId} ${description}`)} >"$L/owner"; } 2>/dev/null; then a held; else echo x | tee -- "$L/owner" >/dev/null; fi`,
    'else a "busy $o"; fi',
  ].join('\n')
}

// Ends the ssh server process of the shell $p, in case it still believes in the old connection, and waits for the shell
// to finish the message it is at.
const endShell = `if [ -n "$p" ] && [ "$p" != $$ ] && [ -d "/proc/$p" ]; then
  q=$p
  while [ "\${q:-1}" -gt 1 ]; do
    c=; read -r c <"/proc/$q/comm" || break
    case $c in sshd*) kill "$q" 2>/dev/null; break;; esac
    n=; while read -r k v _; do [ "$k" = PPid: ] && n=$v && break; done <"/proc/$q/status"; q=$n
  done
  # It may take long: each answer says that we still wait for it. One that was stopped is not waited for.
  i=0 t=0; while [ -d "/proc/$p" ]; do
    c=; { read -r c <"/proc/$p/stat"; } 2>/dev/null; case $c in *") T "*) t=$((t+1)); [ $t -lt 100 ] || break;; esac
    i=$((i+1)); case $i in *00) a waiting;; esac; sleep 0.1
  done
fi`

/** Answers how the last operation of this run ended: its name, its status (empty if it was cut); then prints its log. */
export const reportOperation = `p=; { read -r p <"$D/shell"; } 2>/dev/null
${endShell}
o= s=; { read -r o <"$D/operation"; read -r s <"$D/status"; } 2>/dev/null
a "operation $o $s"; if [ -n "$o" ]; then tail -c 8388608 -- "$D/log"; fi`

const owedFolder =
  'if [ -w /var/lib ]; then O=/var/lib/foobar-deploy/owed; else O=$HOME/.local/state/foobar-deploy/owed; fi'

/** Prints the owed handlers, one a line after `owed=`. */
export const listOwed = `${owedFolder}; for x in "$O"/*; do [ -e "$x" ] && printf 'owed=%s\\n' "\${x##*/}"; done`

/** Records handlers as owed, durably. */
export function recordOwed(handlers: readonly string[]): string {
  const files = handlers.map((name) => `"$O"/${quote(encodeURIComponent(name))}`)
  return [
    owedFolder,
    '[ -d "$O" ] || mkdir -p -- "$O" || exit',
    ...files.map((file) => `: >${file} || exit`),
    `sync -- ${files.join(' ')} "$O"`,
  ].join('\n')
}

/** Strikes handlers from what is owed. */
export function clearOwed(handlers: readonly string[]): string {
  const files = handlers.map((name) => `"$O"/${quote(encodeURIComponent(name))}`)
  return `${owedFolder}; rm -f -- ${files.join(' ')}`
}
