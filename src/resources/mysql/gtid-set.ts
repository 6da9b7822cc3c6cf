/** Sets of transactions, as servers show what they have executed. */

/**
 * The number of transactions in `set` that are not in `other`. Sets are MySQL’s (`uuid:1-5:7,uuid:tag:1`) or MariaDB’s
 * `gtid_binlog_state`, which names the last transaction of each server in each domain (`0-11-42,0-12-50`).
 *
 * Numbers of different servers of MariaDB are never compared: both may have written at the same time. Within one history they
 * rise (`gtid_strict_mode`), so what is missing lies above the last transaction that both sets have.
 *
 * @example
 * ```ts
 * import { transactionsBeyond } from 'foobar-deploy/mysql'
 *
 * transactionsBeyond('6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-10', '6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-8') // 2
 * transactionsBeyond('0-11-42,0-12-50', '0-11-42') // 8
 * ```
 */
export function transactionsBeyond(set: string, other = ''): number {
  const [plain, others] = [set, other].map((text) => text.replaceAll(/\\n|\s/g, '')) as [string, string]
  return /^\d+-\d+-\d+(,|$)/.test(plain) ? mariadbBeyond(plain, others) : mysqlBeyond(plain, others)
}

interface Last {
  readonly domain: string
  /** Domain and server. */
  readonly origin: string
  readonly number: number
}

function mariadbBeyond(set: string, other: string): number {
  const domains = Map.groupBy(lastsIn(set), ({ domain }) => domain)
  const known = numbersByOrigin(lastsIn(other))
  const counts = [...domains.values()].map((lasts) => {
    const missing = lasts.filter(({ origin, number }) => number > (known.get(origin) ?? 0))
    const last = Math.max(0, ...missing.map(({ number }) => number))
    const shared = lasts.map(({ origin, number }) => Math.min(number, known.get(origin) ?? 0))
    return last - Math.max(0, ...shared.filter((number) => number < last))
  })
  return counts.reduce((sum, count) => sum + count, 0)
}

function lastsIn(set: string): Last[] {
  return set.split(',').flatMap((gtid) => {
    const [, origin, domain, number] = /^((\d+)-\d+)-(\d+)$/.exec(gtid) ?? []
    return origin === undefined || domain === undefined ? [] : [{ domain, origin, number: Number(number) }]
  })
}

// A server may be named twice: by its binary log, and by what it has applied.
function numbersByOrigin(lasts: readonly Last[]): Map<string, number> {
  const numbers = new Map<string, number>()
  for (const { origin, number } of lasts) numbers.set(origin, Math.max(number, numbers.get(origin) ?? 0))
  return numbers
}

type Range = readonly [from: number, to: number]

function mysqlBeyond(set: string, other: string): number {
  const others = rangesIn(other)
  return [...rangesIn(set)].reduce((sum, [origin, ranges]) => sum + countBeyond(ranges, others.get(origin) ?? []), 0)
}

function rangesIn(set: string): Map<string, Range[]> {
  const found = new Map<string, Range[]>()
  for (const source of set.split(',')) {
    for (const [origin, range] of mysqlRanges(source)) found.set(origin, [...(found.get(origin) ?? []), range])
  }
  return new Map([...found].map(([origin, ranges]) => [origin, united(ranges)]))
}

// What was received and what was executed, written one after the other, overlap.
function united(ranges: readonly Range[]): Range[] {
  const result: Range[] = []
  for (const [from, to] of ranges.toSorted((left, right) => left[0] - right[0])) {
    const last = result.at(-1)
    if (last && from <= last[1] + 1) result[result.length - 1] = [last[0], Math.max(last[1], to)]
    else result.push([from, to])
  }
  return result
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
