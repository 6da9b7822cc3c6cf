/** How many transactions are in a set of GTIDs. */

/** The number for a set as MySQL writes it (`uuid:1-5:7,uuid:tag:1`); undefined for positions of MariaDB, which do not tell. */
export function gtidCount(set: string): number | undefined {
  const origins = set.split(',').map((origin) => origin.trim().split(':'))
  if (!origins.every(([first = '']) => /^[0-9a-f]{8}-/i.test(first))) return undefined
  const ranges = origins.flatMap(([, ...rest]) => rest.filter((part) => /^\d/.test(part)))
  return ranges.reduce((sum, range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return sum + to - from + 1
  }, 0)
}

/** `3 transactions (uuid:1-3)`, or the set alone where they cannot be counted. */
export function gtidsInWords(set: string): string {
  const count = gtidCount(set)
  if (count === undefined) return `transactions (${set})`
  return `${count} transaction${count === 1 ? '' : 's'} (${set})`
}
