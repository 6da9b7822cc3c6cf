/** Literals of Python, as Ansible's INI inventories take values for: what `ast.literal_eval` reads. Pure. */

/** What stands for text that is no literal. */
export const noLiteral = Symbol('no literal of Python')

const words: Readonly<Record<string, unknown>> = { True: true, False: false, None: null }
const escapes: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
}
const deepest = 90

class NotLiteral extends Error {}

/** The value of `text`, or {@link noLiteral}. A tuple is a list; a comment may follow. */
export function pythonLiteral(text: string): unknown {
  try {
    return readWhole(text)
  } catch (thrown) {
    if (thrown instanceof NotLiteral) return noLiteral
    throw thrown
  }
}

function readWhole(text: string): unknown {
  let at = 0
  const skip = (isNested: boolean) => {
    const blank = isNested ? /(?:[ \t\f\r\n]|#[^\n]*)*/y : /[ \t\f]*(?:#.*)?/y
    blank.lastIndex = at
    at += blank.exec(text)?.[0].length ?? 0
  }
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    const sticky = new RegExp(pattern.source, `${pattern.flags}y`)
    sticky.lastIndex = at
    const match = sticky.exec(text)
    if (match) at += match[0].length
    return match ?? undefined
  }
  const fail = (): never => {
    throw new NotLiteral(text)
  }

  /** Values up to `end`; with a comma after a single one too, where that tells a tuple. */
  const items = (end: string, read: () => unknown): { values: unknown[]; hasComma: boolean } => {
    const values: unknown[] = []
    let hasComma = false
    for (;;) {
      skip(true)
      if (text[at] === end) {
        at++
        return { values, hasComma }
      }
      if (values.length > 0 && !hasComma) fail()
      values.push(read())
      skip(true)
      hasComma = text[at] === ','
      if (hasComma) at++
    }
  }

  const value = (depth: number): unknown => {
    if (depth > deepest) fail()
    const sign = take(/[-+][ \t]*/)?.[0]
    if (sign === undefined) return plainValue(depth)
    const number = numberAt(take) ?? fail()
    return sign.startsWith('-') && number !== 0 ? -number : number
  }
  const plainValue = (depth: number): unknown => {
    const opening = text[at]
    const inner = () => value(depth + 1)
    if (opening === '[') {
      at++
      return items(']', inner).values
    }
    if (opening === '(') {
      at++
      const { values, hasComma } = items(')', inner)
      return values.length === 1 && !hasComma ? values[0] : values
    }
    if (opening === '{') {
      at++
      return dictionary(depth)
    }
    const strings = stringsAt(take, () => skip(depth > 0))
    if (strings !== undefined) return strings
    const number = numberAt(take)
    if (number !== undefined) return number
    const word = take(/[A-Za-z_]\w*/)?.[0] ?? ''
    return Object.hasOwn(words, word) ? words[word] : fail()
  }
  const dictionary = (depth: number): unknown => {
    const pairs = items('}', () => {
      const key = value(depth + 1)
      skip(true)
      if (text[at] !== ':' || (typeof key === 'object' && key !== null)) return fail()
      at++
      skip(true)
      return [String(key), value(depth + 1)]
    }).values
    return Object.fromEntries(pairs as [string, unknown][])
  }

  at = /^[ \t]*/.exec(text)?.[0].length ?? 0
  const first = value(0)
  skip(false)
  if (at === text.length) return first
  if (text[at] !== ',') return fail()
  // A tuple without its parentheses.
  const values = [first]
  while (text[at] === ',') {
    at++
    skip(false)
    if (at < text.length) values.push(value(0))
    skip(false)
  }
  return at === text.length ? values : fail()
}

type Take = (pattern: RegExp) => RegExpExecArray | undefined

function numberAt(take: Take): number | undefined {
  const based = take(/0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+/)?.[0]
  const digits = '\\d(?:_?\\d)*'
  const decimal = take(
    new RegExp(`(?:${digits})?\\.${digits}(?:[eE][-+]?${digits})?|${digits}\\.?(?:[eE][-+]?${digits})?`),
  )
  const text = (based ?? decimal?.[0])?.replaceAll('_', '')
  // What follows would be a part of it; a number that begins with zero is none.
  if (text === undefined || take(/[\w.]/) || /^0+[1-9]\d*$/.test(text)) {
    if (text === undefined) return undefined
    throw new NotLiteral(text)
  }
  const number = Number(text)
  // More digits than a number here can hold stay a text.
  if (/^\d+$/.test(text) && !Number.isSafeInteger(number)) throw new NotLiteral(text)
  return number
}

/** Strings one after the other are one, as in Python. */
function stringsAt(take: Take, skip: () => void): string | undefined {
  let found: string | undefined
  for (;;) {
    const prefix = take(/(?:[rR][bB]?|[bB][rR]?|[uU])?(?=['"])/)?.[0]
    if (prefix === undefined) return found
    const match =
      take(/'''((?:\\[\s\S]|(?!''')[^\\])*)'''|"""((?:\\[\s\S]|(?!""")[^\\])*)"""/) ??
      take(/'((?:\\[\s\S]|[^'\\\n])*)'|"((?:\\[\s\S]|[^"\\\n])*)"/)
    if (!match) throw new NotLiteral(prefix)
    const body = match[1] ?? match[2] ?? ''
    found = (found ?? '') + (/r/i.test(prefix) ? body : unescaped(body))
    skip()
  }
}

function unescaped(body: string): string {
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, x, u, long, octal, other) => {
      const code = x ?? u ?? long
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
      if (other === 'x' || other === 'u' || other === 'U' || other === 'N') throw new NotLiteral(whole)
      return escapes[other] ?? whole
    },
  )
}
