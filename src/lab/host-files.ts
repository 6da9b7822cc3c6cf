/** The files that make a host itself: its name, address, keys; and the files with which ssh finds it. */

import { randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { vagrantId } from './image-recipe.ts'
import type { LabPaths } from './lab-paths.ts'
import type { LabHost } from './lab-spec.ts'

/** A file or, without content, a directory on a host. */
export interface HostFile {
  readonly path: string
  readonly mode: number
  readonly content?: string
  /** User and group; root when absent. */
  readonly owner?: number
}

/** What goes into the files of a host. */
export interface HostIdentity {
  readonly host: LabHost
  /** All hosts of the lab. */
  readonly hosts: readonly LabHost[]
  readonly machineId: string
  readonly authorizedKey: string
  readonly hostKey: { readonly privateKey: string; readonly publicKey: string }
}

/** The files of a host, directories before what is in them. */
export function hostFiles({ host, hosts, machineId, authorizedKey, hostKey }: HostIdentity): HostFile[] {
  const home = 'home/vagrant'
  return [
    ...['.', 'etc', 'etc/ssh', 'etc/systemd', 'etc/systemd/network', 'home'].map((path) => ({ path, mode: 0o755 })),
    { path: home, mode: 0o755, owner: vagrantId },
    { path: `${home}/.ssh`, mode: 0o700, owner: vagrantId },
    { path: `${home}/.ssh/authorized_keys`, mode: 0o600, owner: vagrantId, content: authorizedKey },
    { path: 'etc/hostname', mode: 0o644, content: `${host.name}\n` },
    { path: 'etc/machine-id', mode: 0o444, content: `${machineId}\n` },
    { path: 'etc/hosts', mode: 0o644, content: hostsFile(hosts) },
    { path: 'etc/resolv.conf', mode: 0o644, content: '# A lab has no name servers: its hosts are in /etc/hosts.\n' },
    { path: 'etc/systemd/network/10-lab.network', mode: 0o644, content: networkFile(host) },
    { path: 'etc/ssh/ssh_host_ed25519_key', mode: 0o600, content: hostKey.privateKey },
    { path: 'etc/ssh/ssh_host_ed25519_key.pub', mode: 0o644, content: hostKey.publicKey },
  ]
}

/** `/etc/hosts` of every host. A host's own name is in it too: sudo looks it up on each call. */
export function hostsFile(hosts: readonly LabHost[]): string {
  const entries = hosts.map(({ name, address }) => `${address} ${name}`)
  return `${['127.0.0.1 localhost', '::1 localhost ip6-localhost', ...entries].join('\n')}\n`
}

/** The systemd-networkd configuration that gives a host its address; there is nowhere to route to. */
function networkFile(host: LabHost): string {
  return `[Match]
Name=host0

[Network]
Address=${host.address}/24
LinkLocalAddressing=no
IPv6AcceptRA=no
`
}

/** The known_hosts file of a lab, from each host's public key. */
export function knownHostsFile(hosts: readonly (LabHost & { readonly publicKey: string })[]): string {
  return hosts
    .map(({ name, address, publicKey }) => `${name},${address} ${publicKey.split(' ').slice(0, 2).join(' ').trim()}\n`)
    .join('')
}

/** The ssh configuration of a lab; it goes by the hosts' sockets and so works from any network namespace. */
export function sshConfigFile(paths: LabPaths, hosts: readonly LabHost[]): string {
  return hosts
    .map(
      ({ name, address }) => `Host ${name} ${address}
  HostName ${address}
  User vagrant
  IdentityFile ${paths.key}
  IdentitiesOnly yes
  UserKnownHostsFile ${paths.knownHosts}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  ProxyCommand socat - UNIX-CONNECT:${paths.socket(name)}
`,
    )
    .join('\n')
}

/** A machine id that no other host has. */
export function newMachineId(): string {
  return randomUUID().replaceAll('-', '')
}

/** Writes files into the directory that stands for a host's root. */
export async function writeHostFiles(root: string, files: readonly HostFile[]): Promise<void> {
  for (const { path, mode, content, owner = 0 } of files) {
    const target = join(root, path)
    if (content === undefined) {
      await mkdir(target, { recursive: true })
    } else {
      await mkdir(dirname(target), { recursive: true })
      await writeFile(target, content)
    }
    await chown(target, owner, owner)
    await chmod(target, mode)
  }
}
