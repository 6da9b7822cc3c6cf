/** Processes of this machine, by /proc: who started whom, and who is in which namespace. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The processes that `pid` started and that still run. */
export function childrenOf(pid: number): number[] {
  return readOrNothing(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** All processes below `pid`. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])
}

/** The name of a process’s program. */
export function commandName(pid: number): string {
  return readOrNothing(`/proc/${pid}/comm`).trim()
}

/** Sends a signal; a process that is gone does not matter. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown
  }
}

/** The processes in the pid namespace of `first` besides itself, as `pid command line`. */
export function insideNamespaceOf(first: number): string[] {
  const own = namespaceOf(first)
  if (own === undefined) return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    if (Number(pid) === first || namespaceOf(Number(pid)) !== own) return []
    const command = readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    // One that has ended has no command line; its parent outside has not collected it yet.
    return command === '' ? [] : [`${pid} ${command}`]
  })
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
