/** Why nothing is written to a database server that is read-only. */

import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type MysqlServer, mysqlNeeds } from './client.ts'
import { mysqlDialect } from './dialect.ts'

/**
 * Unavailable where `changes` would have to be made on a read-only server. MariaDB would let root write, and the replica
 * would have a transaction of its own from then on.
 */
export function whileReadOnly(
  { isReadOnly, version }: MysqlServer,
  changes: readonly Change[],
  what: string,
): Unavailable | undefined {
  if (!isReadOnly || changes.length === 0) return undefined
  return new Unavailable(
    `${what} differs (${changes.map(({ key }) => key).join(', ')}), and the server is read-only (${mysqlDialect(version).readOnlyVariable})`,
    'Change it on the primary, from where replicas get it; if this is to be the primary, make it writable before this task.',
    mysqlNeeds,
  )
}
