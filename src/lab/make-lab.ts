/** Makes a lab from whatever there is of it: the one way by which `up` and `reset` get to pristine hosts. */

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { acquireAptProxy, aptProxySocket } from './apt-proxy.ts'
import { bootHost, createDisk } from './boot-host.ts'
import { buildImages, type ImageStack } from './build-images.ts'
import { cgroupDirectory, removeCgroup } from './cgroup.ts'
import { createKeys } from './host-keys.ts'
import { raiseInotifyLimit } from './inotify.ts'
import { type OnLabEvent, stopwatch } from './lab-event.ts'
import { labPaths } from './lab-paths.ts'
import { writeRecord } from './lab-record.ts'
import type { LabHost, LabSpec } from './lab-spec.ts'
import type { Lock } from './lock.ts'
import { createNetwork, startProxyRelay, startSshRelays } from './network.ts'

/** Makes and boots pristine hosts, and what else of the lab is missing. The caller holds the lab's lock. */
export async function makeLab(spec: LabSpec, lock: Lock, onEvent: OnLabEvent): Promise<void> {
  const paths = labPaths(spec.name)
  const elapsedMs = stopwatch()
  await mkdir(paths.directory, { recursive: true, mode: 0o700 })
  await rm(paths.complete, { force: true })
  await writeRecord({ spec })
  await removeHosts(spec)
  await createKeys(spec, lock)
  await connectLab(spec, lock, onEvent)
  const images = await buildImages(spec, lock, onEvent)
  await writeRecord({ spec, images })
  await Promise.all(spec.hosts.map((host) => createDisk(spec, host, lock)))
  await bootHosts(spec, spec.hosts, images, lock, onEvent)
  await writeFile(paths.complete, '')
  onEvent({ type: 'up', lab: spec.name, hosts: spec.hosts.map(({ name }) => name), durationMs: elapsedMs() })
}

/** Boots hosts side by side; throws the first failure once all are up or have failed. */
export async function bootHosts(
  spec: LabSpec,
  hosts: readonly LabHost[],
  images: ImageStack,
  lock: Lock,
  onEvent: OnLabEvent,
): Promise<void> {
  await raiseInotifyLimit(onEvent)
  const outcomes = await Promise.allSettled(hosts.map((host) => bootHost(spec, host, images, lock, onEvent)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/** Cuts the power of whatever hosts run, and forgets the hosts that the lab has no more. */
async function removeHosts(spec: LabSpec): Promise<void> {
  const { cgroup, hostDirectory } = labPaths(spec.name)
  const cgroups = await readdir(await cgroupDirectory(cgroup)).catch(() => [])
  const hosts = cgroups.filter((name) => name.startsWith('host-'))
  await Promise.all(hosts.map((name) => removeCgroup(cgroup, name)))
  const directory = hostDirectory('')
  for (const name of await readdir(directory).catch(() => [])) {
    if (spec.hosts.some((host) => host.name === name)) continue
    await rm(join(directory, name), { recursive: true, force: true })
  }
}

/** Makes the network and starts its relays, in place of any that run. */
export async function connectLab(spec: LabSpec, lock: Lock, onEvent: OnLabEvent): Promise<void> {
  const elapsedMs = stopwatch()
  await createNetwork(spec.name, lock)
  await acquireAptProxy(spec.name)
  await Promise.all([startProxyRelay(spec.name, aptProxySocket(), lock), startSshRelays(spec, lock)])
  onEvent({ type: 'network', network: labPaths(spec.name).network, durationMs: elapsedMs() })
}
