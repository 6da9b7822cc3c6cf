/** How many transactions a server has executed, by the set that it shows. */

/**
 * The number of transactions in a set of MySQL (`uuid:1-5:7,…`), or the sum of the last numbers of MariaDB’s domains
 * (`0-3325256715-42`).
 */
export function gtidCount(set: string): number {
  const sources = set.replaceAll(/\\n|\s/g, '').split(',')
  return sources.reduce((sum, source) => sum + countIn(source), 0)
}

function countIn(source: string): number {
  const domain = /^\d+-\d+-(\d+)$/.exec(source)
  if (domain) return Number(domain[1])
  const intervals = source.split(':').slice(1)
  return intervals.reduce((sum, interval) => {
    // Tags stand among the intervals.
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(interval) ?? []
    return from === undefined ? sum : sum + Number(to) - Number(from) + 1
  }, 0)
}
