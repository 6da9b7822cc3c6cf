/** Takes a lab away without a trace. */

import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { releaseAptProxy } from './apt-proxy.ts'
import { removeCgroup } from './cgroup.ts'
import { type OnLabEvent, stopwatch } from './lab-event.ts'
import { labPaths } from './lab-paths.ts'
import { checkLabName } from './lab-spec.ts'
import { type Lock, withLock } from './lock.ts'
import { removeNetwork } from './network.ts'
import { requireEnvironment } from './require-environment.ts'

/**
 * Ends every process of the lab and removes its network, its cgroups and its files, whatever state it is in. The
 * cached images stay. A lab that does not exist is no error.
 */
export async function labDown(name: string, onEvent: OnLabEvent): Promise<void> {
  checkLabName(name)
  await requireEnvironment()
  const onWait = () => onEvent({ type: 'waiting', lab: name })
  await withLock(labPaths(name).lock, onWait, async (lock) => {
    const elapsedMs = stopwatch()
    const found = await removeLab(name, lock)
    onEvent({ type: 'down', lab: name, found, durationMs: elapsedMs() })
  })
}

/** Removes all of a lab; gives whether there was anything. The caller holds the lab's lock. */
export async function removeLab(name: string, lock: Lock): Promise<boolean> {
  const { directory, cgroup } = labPaths(name)
  const hadProcesses = await removeCgroup(cgroup)
  const hadNetwork = await removeNetwork(name, lock)
  await releaseAptProxy(name)
  const hadFiles = existsSync(directory)
  await rm(directory, { recursive: true, force: true })
  return hadProcesses || hadNetwork || hadFiles
}
