/** Ranges in Ansible's names of hosts: `web[01:10].example.com`, `db[a:c]`, `app[1:9:2]`. */

/** The names that a pattern stands for; without a range itself. Undefined where a range makes no sense. */
export function expandRanges(pattern: string): string[] | undefined {
  const [, before, range, after = ''] = /^(.*?)\[([^\]]*:[^\]]*)\](.*)$/.exec(pattern) ?? []
  if (before === undefined || range === undefined) return [pattern]
  // An IPv6 address is written in brackets too.
  if (before === '' && /^[\da-f]*:[\da-f:.]*:[\da-f:.]*$/i.test(range) && !/^\d+:\d+:\d+$/.test(range)) return [pattern]
  const values = valuesOf(range)
  const rest = expandRanges(after)
  return values && rest ? values.flatMap((value) => rest.map((end) => `${before}${value}${end}`)) : undefined
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

function valuesOf(range: string): string[] | undefined {
  const [first = '', last = '', stride = '1', ...more] = range.split(':')
  const step = Number(stride)
  if (more.length > 0 || !Number.isInteger(step) || step < 1) return undefined
  const begin = first === '' ? '0' : first
  if (/^\d+$/.test(begin) && /^\d+$/.test(last)) {
    const width = /^0\d/.test(begin) ? begin.length : 0
    if (width > 0 && last.length !== width) return undefined
    return between(Number(begin), Number(last), step)?.map((value) => String(value).padStart(width, '0'))
  }
  if (!/^[a-z]$/i.test(begin) || !/^[a-z]$/i.test(last)) return undefined
  return between(letters.indexOf(begin), letters.indexOf(last), step)?.map((index) => letters.charAt(index))
}

function between(first: number, last: number, step: number): number[] | undefined {
  if (last < first) return undefined
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step)
}
