/** Facts to build tasks with where no host was asked: a plain Debian machine with the host's name and address. */

import { assumedFactsOf } from '../model/assumed-facts.ts'
import type { AnyFact } from '../model/fact.ts'
import type { Facts } from '../model/facts.ts'
import type { Inventory } from '../model/inventory.ts'

/** The facts assumed for each host. */
export function assumedFacts(
  inventory: Inventory,
  hosts: readonly string[],
  wanted: readonly AnyFact[],
): ReadonlyMap<string, Facts> {
  const custom = Object.fromEntries(wanted.map(({ name, assumed }) => [name, assumed]))
  return new Map(
    hosts.map((host) => [host, { ...assumedFactsOf(host, inventory.hosts[host]?.address ?? host), custom }]),
  )
}
