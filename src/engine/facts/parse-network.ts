/** Reads what `ip` says of interfaces, addresses and the ways out. */

import { definedOnly } from '../../errors.ts'
import type { Facts } from '../../model/facts.ts'

/** What facts say of the network. */
export type Network = Pick<
  Facts,
  'interfaces' | 'defaultAddress' | 'defaultAddress6' | 'defaultInterface' | 'gateway' | 'gateway6'
>

/** Reads the output of `addr show` and of `route get` for one address outside of each family, in lines of `ip -o`. */
export function parseNetwork(lines: readonly string[], macs: ReadonlyMap<string, string>): Network {
  const addresses = lines.flatMap((line) => {
    const [, name, address] = /^\d+: ([^\s@]+)\S*\s+inet6? (\S+)/.exec(line) ?? []
    return name && address ? [{ name, address }] : []
  })
  const byName = Map.groupBy(addresses, ({ name }) => name)
  const names = new Set([...byName.keys(), ...macs.keys()])
  const ways = lines.filter((line) => / dev \S+ (?:.* )?src /.test(line))
  const [way4, way6] = [ways.find((line) => !isSix(line)), ways.find(isSix)]
  return {
    interfaces: [...names].map((name) => ({
      name,
      mac: macs.get(name) ?? '',
      addresses: (byName.get(name) ?? []).map(({ address }) => address),
    })),
    ...definedOnly({
      defaultAddress: wordAfter('src', way4),
      defaultAddress6: wordAfter('src', way6),
      defaultInterface: wordAfter('dev', way4 ?? way6),
      gateway: wordAfter('via', way4),
      gateway6: wordAfter('via', way6),
    }),
  }
}

function isSix(line: string): boolean {
  return line.split(' ')[0]?.includes(':') ?? false
}

// IPv4 by a router of IPv6 reads `via inet6 fe80::1`.
function wordAfter(word: string, line: string | undefined): string | undefined {
  return new RegExp(` ${word} (?:inet6? )?(\\S+)`).exec(line ?? '')?.[1]
}
