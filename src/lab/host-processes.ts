/** Finds the processes of a host among those of this machine. */

import { readFile } from 'node:fs/promises'
import { isPopulated, processesIn } from './cgroup.ts'
import { labPaths } from './lab-paths.ts'

/** The parts of the name of a host's cgroup. */
export function hostCgroup(lab: string, host: string): [string, string] {
  return [labPaths(lab).cgroup, `host-${host}`]
}

/** Whether a host has any process. */
export function isHostOn(lab: string, host: string): Promise<boolean> {
  return isPopulated(...hostCgroup(lab, host))
}

/** The id, on this machine, of a host's first process. */
export async function firstProcess(lab: string, host: string): Promise<number | undefined> {
  for (const id of await processesIn(...hostCgroup(lab, host))) {
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '')
    if (isFirstInNamespace(status)) return id
  }
  return undefined
}

/** Whether a process is the first of a process namespace of its own, from the text of its `/proc/PID/status`. */
export function isFirstInNamespace(status: string): boolean {
  const ids = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? []
  return ids.length > 1 && ids.at(-1) === '1'
}
