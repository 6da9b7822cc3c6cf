/** Cgroups: how the lab finds and ends every process it started, whoever is their parent now. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { FoobarDeployError } from '../errors.ts'

const endTimeoutMs = 10_000

/** Where the cgroup2 hierarchy is mounted, from the text of `/proc/self/mountinfo`. */
export function cgroupMountIn(mountinfo: string): string | undefined {
  for (const line of mountinfo.split('\n')) {
    const [mount, source] = line.split(' - ')
    if (source?.startsWith('cgroup2 ')) return mount?.split(' ')[4]
  }
  return undefined
}

/** The directory of the cgroup called `name`, whether it exists or not. */
export async function cgroupDirectory(...name: readonly string[]): Promise<string> {
  const mount = cgroupMountIn(await readFile('/proc/self/mountinfo', 'utf8'))
  if (mount === undefined) {
    throw new FoobarDeployError('environment', 'lab-no-cgroup2', 'A lab needs cgroup2', {
      detail: 'no cgroup2 file system is mounted',
      hint: 'mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified',
    })
  }
  return join(mount, ...name)
}

/** Makes a cgroup unless it exists; gives its directory. */
export async function createCgroup(...name: readonly string[]): Promise<string> {
  const directory = await cgroupDirectory(...name)
  await mkdir(directory, { recursive: true })
  return directory
}

/** Whether any process is in the cgroup or below it. */
export async function isPopulated(...name: readonly string[]): Promise<boolean> {
  const events = join(await cgroupDirectory(...name), 'cgroup.events')
  return (await readFile(events, 'utf8').catch(() => '')).includes('populated 1')
}

/** The ids of the processes in the cgroup and below it. */
export async function processesIn(...name: readonly string[]): Promise<number[]> {
  const found: number[] = []
  for (const directory of await treeOf(await cgroupDirectory(...name))) {
    const processes = await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => '')
    found.push(...processes.split('\n').filter(Boolean).map(Number))
  }
  return found
}

/** Kills every process of the cgroup and removes it; gives whether there was anything to remove. */
export async function removeCgroup(...name: readonly string[]): Promise<boolean> {
  const directory = await cgroupDirectory(...name)
  if (!existsSync(directory)) return false
  await writeFile(join(directory, 'cgroup.kill'), '1')
  const deadlineMs = performance.now() + endTimeoutMs
  while (await isPopulated(...name)) {
    if (performance.now() > deadlineMs) {
      throw new FoobarDeployError('environment', 'lab-processes-stay', 'Processes of the lab do not end', {
        detail: (await processesIn(...name)).join(' '),
      })
    }
    await delay(5)
  }
  for (const child of (await treeOf(directory)).reverse()) {
    // The kernel answers EBUSY for a moment after the last process has ended.
    for (;;) {
      const failure = await rmdir(child).catch((error: NodeJS.ErrnoException) => error)
      if (failure === undefined || failure.code === 'ENOENT') break
      if (failure.code !== 'EBUSY' || performance.now() > deadlineMs) throw failure
      await delay(5)
    }
  }
  return true
}

/** The directory and all directories below it, parents first. */
async function treeOf(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  const below = entries.filter((entry) => entry.isDirectory()).map((entry) => treeOf(join(directory, entry.name)))
  return existsSync(directory) ? [directory, ...(await Promise.all(below)).flat()] : []
}
