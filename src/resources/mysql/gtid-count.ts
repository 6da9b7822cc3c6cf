/** How many transactions are in a set of GTIDs. */

import { transactionsBeyond } from './gtid-set.ts'

/** The number for a set as MySQL writes it (`uuid:1-5:7,uuid:tag:1`); undefined for positions of MariaDB, which do not tell. */
export function gtidCount(set: string): number | undefined {
  const isCounted = set.split(',').every((origin) => /^[0-9a-f]{8}-/i.test(origin.trim()))
  return isCounted ? transactionsBeyond(set) : undefined
}

/** `3 transactions (uuid:1-3)`, or the set alone where they cannot be counted. */
export function gtidsInWords(set: string): string {
  const count = gtidCount(set)
  if (count === undefined) return `transactions (${set})`
  return `${count} transaction${count === 1 ? '' : 's'} (${set})`
}
