/** Ranges in Ansible's names of hosts: `web[01:10].example.com`, `db[a:c]`, `app[1:9:2]`. */

/** The most names that one pattern may stand for: a mistyped range must not fill the memory. */
const mostNamesOfRange = 10_000

/** The hosts that a pattern stands for, and the port behind it. A text where a range is wrong: what is wrong with it. */
export function hostsOfPattern(pattern: string): { names: string[]; port?: number } | string {
  // A port stands behind brackets or behind a name that has no other colon, except in its ranges.
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|((?:[^:[\]]|\[[^\]]*\])*)):(\d+)$/.exec(pattern) ?? []
  const host = port === undefined ? pattern : (bracketed ?? plain ?? '')
  if (host === '' || pattern.endsWith(':')) return 'a host is written name or name:port'
  const names = expandRanges(host)
  return typeof names === 'string' ? names : { names, ...(port === undefined ? {} : { port: Number(port) }) }
}

/** The names that a pattern stands for; without a range itself. A text where a range is wrong: what is wrong with it. */
export function expandRanges(pattern: string): string[] | string {
  const parts = partsOf(pattern)
  if (typeof parts === 'string') return parts
  const total = parts.reduce((product, { count }) => product * count, 1)
  if (total > mostNamesOfRange) {
    return `the range stands for ${total.toLocaleString('en')} names, the limit is ${mostNamesOfRange.toLocaleString('en')}`
  }
  return parts.reduce<string[]>(
    (names, { count, valueAt }) =>
      names.flatMap((name) => Array.from({ length: count }, (_, index) => `${name}${valueAt(index)}`)),
    [''],
  )
}

/** A piece of a pattern: a text, or a range of `count` values. */
interface Part {
  readonly count: number
  valueAt(index: number): string
}

const text = (value: string): Part => ({ count: 1, valueAt: () => value })

function partsOf(pattern: string): Part[] | string {
  const parts: Part[] = []
  let rest = pattern
  for (;;) {
    const [, before, range, after = ''] = /^(.*?)\[([^\]]*:[^\]]*)\](.*)$/.exec(rest) ?? []
    if (before === undefined || range === undefined || isIpv6(before, range)) return [...parts, text(rest)]
    const values = rangeOf(range)
    if (!values) return 'the range makes no sense'
    parts.push(text(before), values)
    rest = after
  }
}

// An IPv6 address is written in brackets too.
function isIpv6(before: string, range: string): boolean {
  return before === '' && /^[\da-f]*:[\da-f:.]*:[\da-f:.]*$/i.test(range) && !/^\d+:\d+:\d+$/.test(range)
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

function rangeOf(range: string): Part | undefined {
  const [first = '', last = '', stride = '1', ...more] = range.split(':')
  const step = Number(stride)
  if (more.length > 0 || !Number.isInteger(step) || step < 1) return undefined
  const begin = first === '' ? '0' : first
  if (/^\d+$/.test(begin) && /^\d+$/.test(last)) {
    const width = /^0\d/.test(begin) ? begin.length : 0
    if (width > 0 && last.length !== width) return undefined
    return between(Number(begin), Number(last), step, (value) => String(value).padStart(width, '0'))
  }
  if (!/^[a-z]$/i.test(begin) || !/^[a-z]$/i.test(last)) return undefined
  return between(letters.indexOf(begin), letters.indexOf(last), step, (index) => letters.charAt(index))
}

function between(first: number, last: number, step: number, show: (value: number) => string): Part | undefined {
  if (last < first || !Number.isSafeInteger(last)) return undefined
  return { count: Math.floor((last - first) / step) + 1, valueAt: (index) => show(first + index * step) }
}
