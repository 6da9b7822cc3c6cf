/** Makes a host's pristine disk, starts the host, waits until it lets people in, and cuts its power. */

import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageStack } from './build-images.ts'
import { createCgroup, removeCgroup } from './cgroup.ts'
import { hostFiles, newMachineId, writeHostFiles } from './host-files.ts'
import { hostKey } from './host-keys.ts'
import { hostCgroup, isHostOn } from './host-processes.ts'
import { awaitHost } from './host-ready.ts'
import { type OnLabEvent, stopwatch } from './lab-event.ts'
import { fingerprint, labPaths } from './lab-paths.ts'
import type { LabHost, LabSpec } from './lab-spec.ts'
import type { Lock } from './lock.ts'
import { launch } from './process.ts'

// Arguments: overlay options, mount point, the link that a killed predecessor may have left, nspawn's arguments.
// The disk is mounted in a mount namespace of its own, so it is unmounted whichever way the host ends. nspawn needs
// to see cgroup2 as the only hierarchy. /run/systemd/nspawn would otherwise keep traces of each host.
const hostScript = `
ip link delete "$3" 2> /dev/null || true
umount --lazy /sys/fs/cgroup || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=0755 tmpfs /run/systemd/nspawn
mount -t overlay overlay -o "$1" "$2"
shift 3
exec systemd-nspawn "$@"
`

/** Name of the host among all machines here; short enough to be a part of its network link's name. */
export function machineName(lab: string, host: string): string {
  const name = `${lab}-${host}`
  return name.length <= 12 ? name : fingerprint(lab, host)
}

/** Throws away a host's disk and makes a pristine one. The host must be off. */
export async function createDisk(spec: LabSpec, host: LabHost, lock: Lock): Promise<void> {
  const paths = labPaths(spec.name)
  const disk = diskOf(spec.name, host.name)
  await Promise.all([disk.upper, disk.work].map((directory) => rm(directory, { recursive: true, force: true })))
  for (const directory of Object.values(disk)) await mkdir(directory, { recursive: true })
  const identity = {
    host,
    hosts: spec.hosts,
    machineId: newMachineId(),
    authorizedKey: await readFile(`${paths.key}.pub`, 'utf8'),
    hostKey: await hostKey(spec.name, host, lock),
  }
  await writeHostFiles(disk.upper, hostFiles(identity))
}

/** Starts a host from its disk and waits until it lets people in. */
export async function bootHost(
  spec: LabSpec,
  host: LabHost,
  images: ImageStack,
  lock: Lock,
  onEvent: OnLabEvent,
): Promise<void> {
  const paths = labPaths(spec.name)
  const machine = machineName(spec.name, host.name)
  const disk = diskOf(spec.name, host.name)
  const elapsedMs = stopwatch()
  await rm(paths.hostLog(host.name), { force: true })
  const cgroup = await createCgroup(...hostCgroup(spec.name, host.name))
  launch(
    { cgroup, log: paths.hostLog(host.name), lock },
    ...['nsenter', `--net=${paths.networkFile}`, 'unshare', '--mount', '--propagation', 'slave'],
    ...['sh', '-euc', hostScript, 'sh'],
    // With redirect_dir a folder of the image can be renamed on the host, as MySQL renames its own when it is cloned.
    `lowerdir=${images.join(':')},upperdir=${disk.upper},workdir=${disk.work},index=off,metacopy=off,redirect_dir=on`,
    disk.root,
    `vb-${machine}`,
    ...['--quiet', '--register=no', '--keep-unit', '--boot', `--directory=${disk.root}`],
    ...[`--machine=${machine}`, `--hostname=${host.name}`, '--network-bridge=br0'],
    ...['--resolv-conf=off', '--timezone=off', '--link-journal=no'],
  )
  onEvent({ type: 'boot', host: host.name, state: 'started' })
  await awaitHost(spec.name, host)
  onEvent({ type: 'boot', host: host.name, state: 'ready', durationMs: elapsedMs() })
}

/** Ends all processes of a host at once, as a power cut does; gives whether it was on. */
export async function cutPower(lab: string, host: string): Promise<boolean> {
  const wasOn = await isHostOn(lab, host)
  await removeCgroup(...hostCgroup(lab, host))
  return wasOn
}

function diskOf(lab: string, host: string): { upper: string; work: string; root: string } {
  const directory = labPaths(lab).hostDirectory(host)
  return { upper: join(directory, 'upper'), work: join(directory, 'work'), root: join(directory, 'root') }
}
