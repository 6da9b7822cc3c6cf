/** The loop that runs on the host: it reads messages, evaluates them, and marks where each section's output ends. */

import { quote } from '../shell/quote.ts'

/** How a session's shell is started. */
export interface Bootstrap {
  /** The user it runs as; undefined for the one who connected. */
  readonly user: string | undefined
  /** What sudo prints when it wants a password; undefined where it must not ask. */
  readonly passwordPrompt: string | undefined
  /** Whether the kernel is to refuse it every write to a file. */
  readonly readOnly: boolean
}

// A handler for PIPE instead of ignoring it: children start with the default again, but the shell itself survives a
// lost connection and finishes the message it is at. $N is the mark, $D the folder of the run, $f the chain's status, $1
// how far writing is refused.
const loop = [
  'IFS= read -r N && IFS= read -r D || exit 0',
  'trap : PIPE HUP',
  'umask 022; cd /; export LC_ALL=C.UTF-8; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; f=0',
  `e() { printf "\\n%s %s\\n" "$N" "$1"; printf "\\n%s %s\\n" "$N" "$1" >&2; }`,
  'B=; IFS= read -r B </proc/sys/kernel/random/boot_id; printf "%s\\n%s\\n" "$B" "$1"; e 0',
  // A lost connection ends the input: then the record stays, because somebody will ask how it went.
  'while IFS= read -r n; do if [ "$n" = 0 ]; then if [ -n "$C" ]; then rm -rf -- "$D"; fi; exit; fi; eval "$(head -c "$n")"; done',
].join('; ')

// Every mount is made read-only in a mount namespace of the session's own: at once where mount can (util-linux 2.39), else
// one by one. $W tells how far that went.
const enforce = [
  'W=; mount -o remount,bind,ro=recursive / 2>/dev/null',
  'while read -r _ _ _ _ m o _; do case $o in rw*) m=$(printf "%b" "$m"); mount -o remount,bind,ro "$m" 2>/dev/null || W="$W $m";; esac; done </proc/self/mountinfo',
  'if [ -w /etc ]; then W="open $W"; else W="enforced $W"; fi',
].join('; ')

const unshared = 'unshare -m --propagation private'

/** The command that starts the loop with any login shell. Two lines are expected on its input first: mark and folder. */
export function bootstrapCommand({ user, passwordPrompt, readOnly }: Bootstrap): string {
  if (!readOnly) return become(user, passwordPrompt, loopWith("''"))
  const enforced = `if ${unshared} true 2>/dev/null; then exec ${unshared} sh -c ${quote(`${enforce}; exec ${loopWith('"$W"')}`)}; fi`
  if (user === 'root') return become(user, passwordPrompt, `sh -c ${quote(`${enforced}; exec ${loopWith('open')}`)}`)
  return `exec sh -c ${quote(`${enforcedFor(user)}; ${become(user, passwordPrompt, loopWith('open'))}`)}`
}

// Only root may make a mount namespace, so another user's shell comes out of one that root has made. setpriv, because sudo
// writes a record of its own.
function enforcedFor(user: string | undefined): string {
  const name = user === undefined ? `"\${SUDO_USER:-root}"` : quote(user)
  const drop = `U=${name}; exec setpriv --reuid="$U" --regid="$(id -g -- "$U")" --init-groups --reset-env ${loopWith('"$W"')}`
  return [
    'if [ "$(id -u)" = 0 ]; then r=; else r="sudo -n"; fi',
    `if $r ${unshared} true 2>/dev/null; then exec $r ${unshared} sh -c ${quote(`${enforce}; ${drop}`)}; fi`,
  ].join('; ')
}

function become(user: string | undefined, passwordPrompt: string | undefined, shell: string): string {
  if (user === undefined) return `exec ${shell}`
  if (passwordPrompt === undefined) return `exec sudo -n -H -u ${quote(user)} -- ${shell}`
  // A line of output tells that the password was right, or was not asked for.
  return `exec sudo -S -p ${quote(passwordPrompt)} -H -u ${quote(user)} -- sh -c ${quote(`echo; exec ${shell}`)}`
}

function loopWith(argument: string): string {
  return `sh -c ${quote(loop)} sh ${argument}`
}

/** The message that ends the loop and its record, in order. */
export const farewell = Buffer.from('0\n')

/** What the loop says of itself before the first message. */
export interface Greeting {
  /** Differs from boot to boot. */
  readonly bootId: string
  /** Whether the kernel refuses writes; `undefined` where that was not asked for. */
  readonly readOnly: boolean | undefined
  /** Mount points that could not be made read-only. */
  readonly writable: readonly string[]
}

/** Reads the greeting, which is the output of the section that the loop opens with. */
export function parseGreeting(stdout: Buffer): Greeting {
  const [bootId = '', words = ''] = stdout.toString().trimStart().split('\n')
  const [word, ...writable] = words.trim().split(/\s+/)
  return { bootId, readOnly: word === 'enforced' ? true : word === 'open' ? false : undefined, writable }
}
