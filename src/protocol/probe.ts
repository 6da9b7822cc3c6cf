/** A look at a shell that says nothing, from another session: whether it is there, and whether something was stopped. */

import { quote } from '../shell/quote.ts'

/** What is known of a shell. */
export type ShellState =
  | { readonly kind: 'alive' | 'gone' | 'unknown' }
  /** The shell was stopped (SIGSTOP), or what it waits for was: `isShell` says which. */
  | { readonly kind: 'stopped'; readonly processId: number; readonly name: string; readonly isShell: boolean }

// A process that evaluates a part of a message is a copy of the shell, with the same command line. Where /proc hides the
// processes of others (hidepid), nothing can be said.
const look = [
  'say() { printf "\\n%s%s %s\\n" "$A" "$B" "$1"; }',
  'w() { s=; read -r s <"/proc/$1/stat"; case $s in *") T "*) n=; read -r n <"/proc/$1/comm"; if cmp -s "/proc/$1/cmdline" "/proc/$P/cmdline"; then say "shell $1 $n"; else say "child $1 $n"; fi;; esac; c=; read -r c <"/proc/$1/task/$1/children"; for k in $c; do w "$k"; done; }',
  'P=$1 A=$2 B=$3',
  'if [ -r "/proc/$P/stat" ]; then w "$P"; say alive; elif [ -d /proc/1 ] && [ ! -d "/proc/$P" ]; then say gone; else say unknown; fi',
].join('; ')

/** The command that looks at `processId`; `ready` begins each line of its answer, so that no profile can give it. */
export function probeCommand(processId: number, ready: string): string {
  const middle = ready.length >> 1
  return `exec sh -c ${quote(`{ ${look}; } 2>/dev/null`)} sh ${processId} ${ready.slice(0, middle)} ${ready.slice(middle)}`
}

/** Reads the answer; unknown where there is none. */
export function parseProbe(stdout: string, ready: string): ShellState {
  const lines = stdout
    .split('\n')
    .flatMap((line) => (line.startsWith(`${ready} `) ? [line.slice(ready.length + 1).split(' ')] : []))
  const stopped = lines.find(([word]) => word === 'shell') ?? lines.find(([word]) => word === 'child')
  if (stopped) {
    const [word, processId, ...name] = stopped
    return { kind: 'stopped', processId: Number(processId), name: name.join(' '), isShell: word === 'shell' }
  }
  const [last] = lines.at(-1) ?? []
  return { kind: last === 'alive' || last === 'gone' ? last : 'unknown' }
}
