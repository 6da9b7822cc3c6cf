/** Targets: how the inventory says that a host is to be reached. */

import type { Inventory } from '../../model/inventory.ts'
import type { Target } from '../../transport/transport.ts'

/** The host's address and connection settings; its own override the inventory's defaults. */
export function connectionTarget({ hosts, defaults }: Inventory, name: string): Target {
  const { address, vars: _vars, ...own } = hosts[name] ?? { address: name }
  return { name, address, settings: { ...defaults, ...own } }
}
