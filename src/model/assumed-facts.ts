/** The facts of a plain machine, to build tasks with where no host was asked. */

import type { Facts } from './facts.ts'

const gibibyte = 1024 ** 3

/** A Debian machine with two processors and an address: `address` if it is one, else one for documentation. */
export function assumedFactsOf(name: string, address: string): Facts {
  const isFour = /^\d+(\.\d+){3}$/.test(address)
  const known = isFour || address.includes(':') ? address : '192.0.2.1'
  const isSix = known.includes(':')
  return {
    hostname: name.split('.')[0] ?? name,
    fqdn: name,
    os: { id: 'debian', version: '13', codename: 'trixie', name: 'Debian GNU/Linux 13 (trixie)' },
    kernel: '6.12.0-amd64',
    architecture: 'amd64',
    cpus: 2,
    cpuModel: '',
    memoryBytes: 2 * gibibyte,
    swapBytes: 0,
    mounts: [{ path: '/', device: '/dev/vda1', type: 'ext4', sizeBytes: 20 * gibibyte, availableBytes: 15 * gibibyte }],
    disks: [{ name: 'vda', sizeBytes: 20 * gibibyte }],
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: [`${known}/${isSix ? 64 : 24}`] }],
    ...(isSix ? { defaultAddress6: known } : { defaultAddress: known }),
    defaultInterface: 'eth0',
    nameservers: ['192.0.2.53'],
    timezone: 'Etc/UTC',
    init: 'systemd',
    packageManager: 'apt',
    virtualization: 'none',
    uptimeSeconds: 3600,
    bootId: '00000000-0000-4000-8000-000000000000',
    machineId: '00000000000040008000000000000000',
    sshHostKey: '',
    custom: {},
  }
}
