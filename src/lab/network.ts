/** The lab's network: a namespace with a bridge, and the small relays that are its only ways in and out. */

import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createCgroup, processesIn, removeCgroup } from './cgroup.ts'
import { labAddress, proxyPort } from './image-recipe.ts'
import { labPaths } from './lab-paths.ts'
import type { LabSpec } from './lab-spec.ts'
import type { Lock } from './lock.ts'
import { launch, run } from './process.ts'
import { isListening, until } from './until.ts'

const relayTimeoutMs = 10_000
const sshRelays = 'relay-ssh'
const proxyRelay = 'relay-apt'

// Argument: the namespace. Every line may be repeated.
const networkScript = `
[ -e "/run/netns/$1" ] || ip netns add "$1"
ip -n "$1" link set lo up
ip -n "$1" link show br0 > /dev/null 2>&1 || ip -n "$1" link add br0 type bridge
ip -n "$1" address replace ${labAddress}/24 dev br0
ip -n "$1" link set br0 up
`

/** Makes the lab's network namespace and bridge unless they exist. */
export async function createNetwork(lab: string, lock: Lock): Promise<void> {
  await run(lock, 'sh', '-euc', networkScript, 'sh', labPaths(lab).network)
}

/** Removes the lab's network namespace; gives whether there was one. The processes in it must have ended. */
export async function removeNetwork(lab: string, lock: Lock): Promise<boolean> {
  if (!existsSync(labPaths(lab).networkFile)) return false
  await run(lock, 'ip', 'netns', 'delete', labPaths(lab).network)
  return true
}

/** Whether the lab's network namespace exists. */
export function hasNetwork(lab: string): boolean {
  return existsSync(labPaths(lab).networkFile)
}

/** Whether the relays run; whoever ends what a session or a job left behind ends them, and not the network. */
export async function hasRelays(spec: LabSpec): Promise<boolean> {
  const { cgroup } = labPaths(spec.name)
  const [toHosts, toPackages] = await Promise.all([processesIn(cgroup, sshRelays), processesIn(cgroup, proxyRelay)])
  return toHosts.length >= spec.hosts.length && toPackages.length > 0
}

/** Starts the relay from the lab's network to the packages' proxy behind `socket`, in place of any that runs. */
export async function startProxyRelay(lab: string, socket: string, lock: Lock): Promise<void> {
  const place = await relayPlace(lab, proxyRelay, lock)
  // Behind a unix socket, apt-cacher-ng expects to be told the client's address first: its own in.acng does that.
  const pid = launch(
    place,
    ...['nsenter', `--net=${labPaths(lab).networkFile}`, 'socat'],
    `TCP-LISTEN:${proxyPort},bind=${labAddress},fork,reuseaddr`,
    `EXEC:/usr/lib/apt-cacher-ng/in.acng ${socket},nofork`,
  )
  await until('the relay to the packages', relayTimeoutMs, place.log, () => isListening(pid, proxyPort))
}

/** Starts, for each host, the relay from its unix socket to its ssh port, in place of any that runs. */
export async function startSshRelays(spec: LabSpec, lock: Lock): Promise<void> {
  const paths = labPaths(spec.name)
  const place = await relayPlace(spec.name, sshRelays, lock)
  const sockets = spec.hosts.map((host) => paths.socket(host.name))
  await rm(dirname(paths.socket('any')), { recursive: true, force: true })
  await mkdir(dirname(paths.socket('any')), { mode: 0o700 })
  for (const { name, address } of spec.hosts) {
    launch(
      place,
      ...['nsenter', `--net=${paths.networkFile}`, 'socat'],
      `UNIX-LISTEN:${paths.socket(name)},fork,umask=0177,backlog=128`,
      `TCP:${address}:22,nodelay`,
    )
  }
  await until('the relays to the hosts', relayTimeoutMs, place.log, () => sockets.every(existsSync))
}

async function relayPlace(lab: string, name: string, lock: Lock) {
  const paths = labPaths(lab)
  await removeCgroup(paths.cgroup, name)
  return { cgroup: await createCgroup(paths.cgroup, name), log: paths.log(name), lock }
}
