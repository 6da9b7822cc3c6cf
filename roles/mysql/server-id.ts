/** The number by which a server is known to its peers: derived from its address, and no other’s. */

import { FoobarDeployError, type Host } from 'foobar-deploy'

/** The numbers of `hosts` by name: as given, else the address as a number. Two that are equal are an error. */
export function serverIdsOf(hosts: readonly Host[], given: Readonly<Record<string, number>>): Map<string, number> {
  const ids = new Map(hosts.map(({ name, address }) => [name, given[name] ?? fromAddress(address)]))
  for (const [name, id] of ids) {
    const other = [...ids].find(([another, same]) => another !== name && same === id)
    if (!other) continue
    throw new FoobarDeployError('definition', 'mysql-server-id-taken', 'Two database servers have one server id', {
      detail: `${name} and ${other[0]} have ${id}`,
      hint: 'Give one of them another in serverIds.',
    })
  }
  return ids
}

function fromAddress(address: string): number {
  const parts = address.split('.').map(Number)
  const isFour = parts.length === 4 && parts.every((part) => part >= 0 && part <= 255)
  if (isFour) return parts.reduce((sum, part) => sum * 256 + part, 0)
  // FNV-1a of names and IPv6 addresses.
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(address)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash || 1
}
