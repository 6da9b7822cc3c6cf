/** Sets of transactions, as servers show what they have executed. */

/**
 * The number of transactions in `set` that are not in `other`. Sets are MySQL’s (`uuid:1-5:7,uuid:tag:1`) or positions of
 * MariaDB (`0-3325256715-42`), whose numbers count all that came before in their domain.
 *
 * @example
 * ```ts
 * import { transactionsBeyond } from 'foobar-deploy'
 *
 * transactionsBeyond('6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-10', '6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-8') // 2
 * ```
 */
export function transactionsBeyond(set: string, other = ''): number {
  const others = rangesIn(other)
  return [...rangesIn(set)].reduce((sum, [origin, ranges]) => sum + countBeyond(ranges, others.get(origin) ?? []), 0)
}

type Range = readonly [from: number, to: number]

function rangesIn(set: string): Map<string, Range[]> {
  const found = new Map<string, Range[]>()
  for (const source of set.replaceAll(/\\n|\s/g, '').split(',')) {
    const [, domain, last] = /^(\d+)-\d+-(\d+)$/.exec(source) ?? []
    if (domain !== undefined) found.set(domain, [...(found.get(domain) ?? []), [1, Number(last)]])
    else for (const [origin, range] of mysqlRanges(source)) found.set(origin, [...(found.get(origin) ?? []), range])
  }
  return found
}

function mysqlRanges(source: string): [string, Range][] {
  const [uuid = '', ...parts] = source.split(':')
  // A tag stands before the intervals that belong to it.
  let origin = uuid
  return parts.flatMap((part): [string, Range][] => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? []
    if (from !== undefined) return [[origin, [Number(from), Number(to)]]]
    origin = `${uuid}:${part}`
    return []
  })
}

// Ranges of one origin do not overlap each other.
function countBeyond(ranges: readonly Range[], others: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => {
    const shared = others.map(([start, end]) => Math.max(0, Math.min(to, end) - Math.max(from, start) + 1))
    return sum + to - from + 1 - shared.reduce((total, count) => total + count, 0)
  }, 0)
}
