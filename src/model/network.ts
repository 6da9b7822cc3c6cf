/** Addresses and networks, as variables of roles name them. */

import { z } from 'zod'
import type { Host } from './host.ts'

/**
 * The schema of an address or a network.
 *
 * @example
 * ```ts
 * import { networkSchema, z } from 'foobar-deploy'
 *
 * z.strictObject({ from: z.array(networkSchema()).default(['10.0.0.0/8']) })
 * ```
 */
export function networkSchema() {
  return z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
    error: 'must be an address or a network such as 10.0.0.0/8',
  })
}

/**
 * Addresses and networks as they are, and for names of groups the addresses of their hosts.
 *
 * @example
 * ```ts
 * import { defineRole, networksOf, z } from 'foobar-deploy'
 *
 * export const queue = defineRole({
 *   name: 'queue',
 *   variables: z.strictObject({ openTo: z.array(z.string()).default(['web', '192.0.2.0/24']) }),
 *   tasks: () => [],
 *   opens: ({ vars, hosts }) => [{ name: 'queue', port: 5672, from: networksOf(vars.openTo, hosts) }],
 * })
 * ```
 */
export function networksOf(named: readonly string[], hosts: (group: string) => readonly Host[]): string[] {
  return named.flatMap((one) => (isNetwork(one) ? [one] : hosts(one).map(({ address }) => address)))
}

// A name of a group has neither.
function isNetwork(text: string): boolean {
  return /^[0-9.]+(\/\d+)?$/.test(text) || text.includes(':')
}
