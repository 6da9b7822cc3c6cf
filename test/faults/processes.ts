/** Processes of this machine, by /proc: who started whom, and what they are. */

import { readdirSync, readFileSync } from 'node:fs'

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

/** The processes in a /proc besides the first, as `pid command line`. */
export function processesIn(proc: string): string[] {
  const pids = namesIn(proc).filter((name) => /^\d+$/.test(name) && name !== '1')
  return pids.flatMap((pid) => {
    const command = readOrNothing(`${proc}/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    // One that has ended has no command line; its parent outside has not collected it yet.
    return command === '' ? [] : [`${pid} ${command}`]
  })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
