/** Facts to build tasks with where no host was asked: a plain Debian machine with the host's name and address. */

import { isIP } from 'node:net'
import type { Facts } from '../model/facts.ts'
import type { Inventory } from '../model/inventory.ts'

/** The facts assumed for each host. */
export function assumedFacts(inventory: Inventory, hosts: readonly string[]): ReadonlyMap<string, Facts> {
  return new Map(hosts.map((host) => [host, factsOf(host, inventory.hosts[host]?.address ?? host)]))
}

function factsOf(name: string, address: string): Facts {
  const known = isIP(address) ? address : '192.0.2.1'
  return {
    hostname: name.split('.')[0] ?? name,
    fqdn: name,
    os: { id: 'debian', version: '13', codename: 'trixie', name: 'Debian GNU/Linux 13 (trixie)' },
    kernel: '6.12.0-amd64',
    architecture: 'amd64',
    cpus: 2,
    memoryBytes: 2 * 1024 ** 3,
    defaultAddress: known,
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: [`${known}/${isIP(known) === 6 ? 64 : 24}`] }],
    init: 'systemd',
    packageManager: 'apt',
    virtualization: 'none',
    uptimeSeconds: 3600,
  }
}
