/** Who holds the lock of a host, for a person: how to ask, and how to end a shell that nobody stands behind. */

import { quote } from '../../shell/quote.ts'
import { endConnection, holds } from './host-lock.ts'

/** What is known of a lock. */
export type LockState = { readonly kind: 'free' } | HeldLock

/** A lock that somebody holds. */
export interface HeldLock {
  readonly kind: 'held'
  /** The process that holds it; undefined where it cannot be found. */
  readonly processId: number | undefined
  /** Whether a message is under way; what the last process is that it waits for. */
  readonly work: string | undefined
  /** Since when it has heard nothing. */
  readonly silentSeconds: number
  /** Who runs it, where and since when. */
  readonly owner: string
}

// All processes that hold it: the shell, and while it is at work, parts of it. $y is the process that these wait for.
const find = `h=; for x in /proc/[0-9]*/fd/9; do if [ "$x" -ef "$L/lock" ]; then x=\${x#/proc/}; h="$h \${x%/fd/9}"; fi; done
p= r= n= o=; read -r p r n o <"$L/owner"
case "$h " in *" $p "*) ;; *) p=\${h# }; p=\${p%% *};; esac
y= b= w=; read -r b _ w <"$L/beat"
if [ "$b" != idle ] || [ "$h" != " $p" ]; then
  for q in $h; do c=; read -r c <"/proc/$q/task/$q/children"; for c in $c; do
    read -r n <"/proc/$c/comm"; case "$h $w " in *" $c "*) continue;; esac; [ "$n" != perl ] || continue
    while x=; read -r x <"/proc/$c/task/$c/children"; [ -n "$x" ]; do c=\${x%% *}; done
    read -r n <"/proc/$c/comm"; y="$c ($n)"
  done; done
  [ -n "$y" ] || y="$p (sh)"
fi`

/** Prints the state of the lock of the user whose shell it is; changes nothing. */
export const printHolder = `{
if [ ! -e "$L/lock" ]; then echo free
elif command exec 8<"$L/lock" && flock -n 8; then echo free
else exec 8<&-
${find}
s=$(( $(date +%s) - $(stat -c %Y -- "$L/beat") ))
printf '%s\\n' held "$p" "$y" "$s" "$o"; fi
} 2>/dev/null`

const longestWaitSeconds = 10

/**
 * Ends the connection of the shell that holds the lock, if it is still the one in `shown`, and the shell as soon as it has
 * nothing to do: what is at work is never cut, so there are never two runs on a host. Prints the state of the lock
 * afterwards, which may be that it is held.
 */
export function endHolder({ processId, owner }: Pick<HeldLock, 'processId' | 'owner'>): string {
  // A part of a shell that was killed would be cut by the signal.
  const isShown = `[ "$p" = "$s" ] && [ "$p" = ${quote(`${processId ?? ''}`)} ] && [ "$o" = ${quote(owner)} ]`
  return `${endConnection}
${holds}
{ if [ -e "$L/lock" ]; then
${find}
s=; read -r s _ <"$L/owner"
if ${isShown} && h "$p"; then
  z "$p"; i=0
  while [ $i -lt ${longestWaitSeconds * 10} ] && h "$p"; do kill -USR1 "$p"; sleep 0.1; i=$((i+1)); done
fi; fi; } 2>/dev/null
${printHolder}`
}

/** Reads what {@link printHolder} printed. */
export function readHolder(stdout: string): LockState | undefined {
  const [word, processId = '', work = '', silent = '', ...owner] = stdout.trim().split('\n')
  if (word === 'free') return { kind: 'free' }
  if (word !== 'held') return undefined
  return {
    kind: 'held',
    processId: processId === '' ? undefined : Number(processId),
    work: work === '' ? undefined : work,
    silentSeconds: Number(silent) || 0,
    owner: owner.join(' '),
  }
}
