/** What commands begin with that look at hosts without a run: the inventory, with the secrets its connections need, and the way to its hosts. */

import { printable } from '../report/format.ts'
import type { Arguments } from './arguments.ts'
import { resolveConnectionSecrets } from './inventory-secrets.ts'
import { defaultInventory, loadInventory } from './load-inventory.ts'
import { tell } from './terminal.ts'

/** Loads the inventory that was named, or the default one. Nothing is connected to yet. */
export async function reachInventory({ inventories }: Pick<Arguments, 'inventories'>) {
  const path = inventories[0] ?? defaultInventory()
  const loaded = await loadInventory(path)
  await resolveConnectionSecrets(path, loaded)
  const { makeTransport } = await import('./transport.ts')
  return makeTransport(loaded, { suspend: () => {}, resume: () => {} }, (text, host) =>
    tell(host === undefined ? printable(text) : `${host}: ${printable(text)}`),
  )
}
