/** The loop that runs on the host: it reads messages, evaluates them, and marks where each section's output ends. */

import { quote } from '../shell/quote.ts'
import { endOfText } from './message.ts'

/** How a session's shell is started. */
export interface Bootstrap {
  /** The user it runs as; undefined for the one who connected. */
  readonly user: string | undefined
  /** What sudo prints when it wants a password; undefined where it must not ask. */
  readonly passwordPrompt: string | undefined
  /** What the loop prints on both streams, on a line of its own, before anything else. */
  readonly ready: string
  /** Whether the kernel is to refuse it every write to a file. */
  readonly readOnly: boolean
}

// A handler for PIPE instead of ignoring it: children start with the default again, but the shell itself survives a
// lost connection and finishes the message it is at. $N is the mark, $D the folder of the run, $f the chain's status, $1
// how far writing is refused, $2 and $3 what says that the loop has begun. `e` ends a section, `a` gives an answer. Once the
// shell has the lock, `b` writes to the file $K whether it is at work or waits for content, with a number that grows with each
// line it gets; $I says to its own handler of signals that it is idle. `t` sets $T to when a process began, if it has not
// ended; `l` tells by that and the boot whether it lives: a later process may have got its number.
const loop = [
  'printf "\\n%s%s\\n" "$2" "$3"; printf "\\n%s%s\\n" "$2" "$3" >&2',
  'IFS= read -r N && IFS= read -r D || exit 0',
  'trap : PIPE HUP',
  'umask 022; cd /; export LC_ALL=C.UTF-8; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; f=0; eval "$D"',
  `e() { printf "\\n%s %s\\n" "$N" "$1"; printf "\\n%s %s\\n" "$N" "$1" >&2; }`,
  `a() { printf "\\n%s=%s\\n" "$N" "$1"; }`,
  'b() { if [ -n "$K" ]; then k=$((k+1)); { echo "$1 $k $w" >"$K"; } 2>/dev/null; fi; }',
  `t() { T=; { IFS= read -r T <"/proc/$1/stat"; } 2>/dev/null; T=\${T##*\\) }; case $T in Z*) T=;; esac; for _ in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do T=\${T#* }; done; T=\${T%% *}; }`,
  'l() { t "$1"; [ -n "$T" ] && [ "$T $B" = "$2 $3" ]; }',
  'B=; IFS= read -r B </proc/sys/kernel/random/boot_id; a "boot $B"; a "shell $$"; a "writing $1"; e 0',
  // A lost connection ends the input: then the record stays, because somebody will ask how it went. A message that was
  // cut is not begun.
  `I=1; while IFS= read -r n; do I=; case $n in "") ;; 0) if [ -n "$C" ]; then rm -rf -- "$D" $P; fi 2>/dev/null; exit;; *) b content; m=$(head -c "$n"); b busy; case $m in *"${endOfText}") eval "$m";; *) exit;; esac;; esac; b idle; I=1; done`,
].join('; ')

// Every mount is made read-only in a mount namespace of the session's own: at once where mount can (util-linux 2.39), else
// one by one. $W tells how far that went.
const enforce = [
  'W=; mount -o remount,bind,ro=recursive / 2>/dev/null',
  'while read -r _ _ _ _ m o _; do case $o in rw*) m=$(printf "%b" "$m"); mount -o remount,bind,ro "$m" 2>/dev/null || W="$W $m";; esac; done </proc/self/mountinfo',
  'if [ -w /etc ]; then W="open $W"; else W="enforced $W"; fi',
].join('; ')

const unshared = 'unshare -m --propagation private'

/**
 * The command that starts the loop with any login shell. Two lines are expected on its input once it is ready: mark and
 * folder.
 */
export function bootstrapCommand({ user, passwordPrompt, readOnly, ready }: Bootstrap): string {
  const loopWith = (writing: string) => `sh -c ${quote(loop)} sh ${writing} ${halvesOf(ready).map(quote).join(' ')}`
  if (!readOnly) return become(user, passwordPrompt, loopWith("''"))
  const enforced = `if ${unshared} true 2>/dev/null; then exec ${unshared} sh -c ${quote(`${enforce}; exec ${loopWith('"$W"')}`)}; fi`
  if (user === 'root') return become(user, passwordPrompt, `sh -c ${quote(`${enforced}; exec ${loopWith('open')}`)}`)
  const open = become(user, passwordPrompt, loopWith('open'))
  return `exec sh -c ${quote(`${enforcedFor(user, loopWith('"$W"'))}; ${open}`)}`
}

// Only root may make a mount namespace, so another user's shell comes out of one that root has made. setpriv, because sudo
// writes a record of its own.
function enforcedFor(user: string | undefined, shell: string): string {
  const name = user === undefined ? `"\${SUDO_USER:-root}"` : quote(user)
  const drop = `U=${name}; exec setpriv --reuid="$U" --regid="$(id -g -- "$U")" --init-groups --reset-env ${shell}`
  return [
    'if [ "$(id -u)" = 0 ]; then r=; else r="sudo -n"; fi',
    `if $r ${unshared} true 2>/dev/null; then exec $r ${unshared} sh -c ${quote(`${enforce}; ${drop}`)}; fi`,
  ].join('; ')
}

function become(user: string | undefined, passwordPrompt: string | undefined, shell: string): string {
  if (user === undefined) return `exec ${shell}`
  if (passwordPrompt === undefined) return `exec sudo -n -H -u ${quote(user)} -- ${shell}`
  const [first, second] = halvesOf(passwordPrompt)
  const sudo = `p=${quote(first)}; exec sudo -S -p "$p"${quote(second)} -H -u ${quote(user)} -- ${shell}`
  return `exec sh -c ${quote(sudo)}`
}

// What the host is to print must not stand in the command: a login shell that shows its commands (set -x) would print it.
function halvesOf(text: string): readonly [string, string] {
  const middle = text.length >> 1
  return [text.slice(0, middle), text.slice(middle)]
}

/** The message that ends the loop and its record, in order. */
export const farewell = Buffer.from('0\n')

/** Says that the controller is there while it has nothing to ask. */
export const heartbeat = Buffer.from('\n')

/** What the loop says of itself before the first message. */
export interface Greeting {
  /** Differs from boot to boot. */
  readonly bootId: string
  /** The process that the loop is. */
  readonly processId: number
  /** Whether the kernel refuses writes; `undefined` where that was not asked for. */
  readonly readOnly: boolean | undefined
  /** Mount points that could not be made read-only. */
  readonly writable: readonly string[]
}

/** Reads the greeting from the answers of the section that the loop opens with; undefined where it is none. */
export function parseGreeting(answers: readonly string[]): Greeting | undefined {
  const about = new Map(answers.map((answer) => splitAt(answer, answer.indexOf(' '))))
  const [bootId, processId] = [about.get('boot'), Number(about.get('shell'))]
  if (bootId === undefined || !Number.isSafeInteger(processId) || processId <= 0) return undefined
  const [word, ...writable] = (about.get('writing') ?? '').trim().split(/\s+/)
  return { bootId, processId, readOnly: word === 'enforced' ? true : word === 'open' ? false : undefined, writable }
}

function splitAt(text: string, at: number): [string, string] {
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
