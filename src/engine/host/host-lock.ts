/** The lock on a host: taken for the life of a shell, taken over by the same run, and given up when nobody stands behind it. */

import { FoobarDeployError } from '../../errors.ts'
import type { Answered } from '../../protocol/answers.ts'
import { quote } from '../../shell/quote.ts'
import { makeOwnFolder, sweep } from './host-folder.ts'

/** How often the controller says that it is there while a shell has nothing to do. */
export const heartbeatMs = 10_000

/** How long a shell that has nothing to do waits for the controller before it gives up the lock. */
export const leaseSeconds = 60

const leaseBeats = leaseSeconds / (heartbeatMs / 1000)

/** Who holds a lock, in one line; the first word is the run. */
export interface LockOwner {
  readonly runId: string
  /** The link of the run that takes it; another link of the same run is another holder. */
  readonly linkId: string
  /** Who runs it, where and since when. */
  readonly description: string
}

/** Defines `h`: whether the process $1 holds the lock. A process that has got its number later does not. */
export const holds = 'h() { [ -n "$1" ] && [ "/proc/$1/fd/9" -ef "$L/lock" ]; }'

// Ends the ssh server process of the shell $1, in case it still believes in its connection: then nothing that is on its
// way reaches that shell any more.
export const endConnection = `z() { q=$1; while [ "\${q:-1}" -gt 1 ]; do
  c=; read -r c <"/proc/$q/comm" || break
  case $c in sshd*) kill "$q"; break;; esac
  n=; while read -r x v _; do [ "$x" = PPid: ] && n=$v && break; done <"/proc/$q/status"; q=$n
done; } 2>/dev/null`

/**
 * Waits while `condition` holds, and does `work` each time. It may take long: each answer says that we still wait. A shell
 * $p that was stopped is not waited for.
 */
export function waitWhile(condition: string, work = ':'): string {
  return `i=0 j=0; while ${condition}; do ${work}
  c=; { read -r c <"/proc/$p/stat"; } 2>/dev/null; case $c in *") T "*) j=$((j+1)); [ $j -lt 100 ] || break;; esac
  i=$((i+1)); case $i in *00) a waiting;; esac; sleep 0.1
done`
}

// A shell that has nothing to do ends at USR1; one that is at work finishes its message first.
const endHolder = `if h "$p"; then z "$p"; fi\n${waitWhile('h "$p"', 'kill -USR1 "$p" 2>/dev/null')}`

// Ends what reads the wire for the shell $1, which ends the shell: nobody sends the rest of a message or content any more.
const endReading = `v() { for q in $(cat "/proc/$1/task/$1/children"); do
  if [ "/proc/$q/fd/0" -ef "/proc/$1/fd/0" ]; then kill "$q" $(cat "/proc/$q/task/$q/children"); fi
done; } 2>/dev/null`

// Watches over the lease: the loop writes to $K with each line and each part of a content that it gets. A shell that waits
// for content has nothing to do either. The watch ends with its shell.
const watch = `( K=$L/beat; trap '' HUP PIPE; trap 'kill $s; exit' TERM; x= i=0
while :; do
  sleep ${heartbeatMs / 1000} & s=$!; wait $s
  n=; while read -r c v _; do [ "$c" = PPid: ] && n=$v && break; done </proc/self/status
  [ "$n" = $$ ] || exit
  y=; read -r y <"$K"
  case $y in idle*|content*) if [ "$x" = "$y" ]; then i=$((i+1)); else i=0; fi;; *) i=0;; esac; x=$y
  case $y in
    idle*) [ $i -lt ${leaseBeats} ] || kill -USR1 $$;;
    *) [ $i != ${leaseBeats} ] || ( z $$ ); [ $i -le ${leaseBeats} ] || v $$;;
  esac
done ) </dev/null >/dev/null 2>&1 9>&- & w=$!; K=$L/beat; b busy
trap 'kill $w 2>/dev/null' EXIT`

/**
 * Takes the host's lock for the session's life; answers `held`, or `busy` with the owner's line, or `unsafe` with a reason.
 * A shell that a lost connection of the same run left behind is ended first, so that nothing of it is still going on;
 * `attempt` grows with each connection, so that a message that comes late by an older one takes nothing over. A run that
 * has just ended may hold the lock for a moment longer than its process lives.
 */
export function acquireLock({ runId, linkId, description }: LockOwner, attempt: number): string {
  const run = quote(`${runId}-${linkId}`)
  return [
    makeOwnFolder,
    holds,
    endConnection,
    endReading,
    `trap 'if [ -n "$I" ]; then z $$; exit; fi' USR1`,
    'if [ -n "$G" ]; then a "unsafe $G"',
    // The lock is an open file: it cannot be forgotten, because it goes with the shell that holds it.
    'elif umask 077; ! command exec 9>>"$L/lock"; then umask 022; else umask 022; g=0 H=',
    'while :; do',
    '  p= r= n= o=; { read -r p r n o <"$L/owner"; } 2>/dev/null',
    `  if [ "$r" = ${run} ]; then`,
    `    if [ "$n" -gt ${attempt} ]; then a stale; exit; fi`,
    `    if [ "$p" != $$ ]; then ${endHolder}`,
    '    fi',
    '  fi',
    '  if flock -w 0.3 9; then H=1; break; fi',
    `  g=$((g+1)); if [ $g -ge 10 ] || { [ $g -ge 2 ] && [ "$r" != ${run} ]; }; then break; fi`,
    'done',
    // What runs left behind whose connection was lost for good goes here, where no other run can be.
    `X=; if [ -n "$H" ] && [ "$r" != ${run} ]; then`,
    sweep,
    'fi',
    'if [ -n "$X" ]; then H=; o="$o; the task that it was at goes on as process $X"; fi',
    'if [ -z "$H" ]; then exec 9>&-; a "busy $o"',
    // Where this cannot be written, neither can the record of what is done. tee says why, which the shell does not.
    `elif { echo "$$" ${run} ${attempt} ${quote(description)} >"$L/owner"; } 2>/dev/null; then`,
    watch,
    `if [ -n "$r" ] && [ "$r" != ${run} ]; then a "held $o"; else a held; fi`,
    'else exec 9>&-; echo x | tee -- "$L/owner" >/dev/null; fi; fi',
  ].join('\n')
}

/** Throws unless the lock was taken; `isAgain` where the link had it before. */
export function checkLock({ answers, rest }: Answered, stderr: string, host: string, isAgain: boolean): void {
  const answer = answers.at(-1) ?? ''
  const word = answer.split(' ')[0]
  const detail = answer.slice(answer.indexOf(' ') + 1)
  if (word === 'held' && (answer === word || !isAgain)) return
  switch (word) {
    case 'held':
      throw new FoobarDeployError('task', 'lock-lost', 'Another run has worked on the host meanwhile', {
        host,
        detail: `this one was cut off, and gave up the lock; the other was of ${detail}`,
        hint: 'Apply again.',
      })
    case 'busy':
      throw new FoobarDeployError('task', 'host-locked', 'Another run is working on the host', {
        host,
        detail,
        hint: `Wait for it to end. If its controller is gone, the lock is free within ${leaseSeconds + heartbeatMs / 1000} s after its last task. \`foobar-deploy unlock\` shows who holds it and can end it.`,
      })
    case 'unsafe':
      throw new FoobarDeployError('unreachable', 'folder-unsafe', 'There is no safe place for the lock on the host', {
        host,
        detail,
        hint: 'Every folder on the way to it must belong to the user or to root, and nobody else may write to it.',
      })
    default:
      throw new FoobarDeployError('unreachable', 'lock-failed', 'The lock on the host could not be taken', {
        host,
        detail: `${answer} ${rest} ${stderr}`.trim(),
        hint: 'Is /run on the host full or read-only?',
      })
  }
}
