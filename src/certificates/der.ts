/** DER, the encoding of certificates: the few forms that issuing one takes, and the walk through one that is there. */

/** A value under a tag. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag), lengthOf(content.length), content])
}

export const sequence = (...members: readonly Uint8Array[]): Buffer => der(0x30, ...members)

export const set = (...members: readonly Uint8Array[]): Buffer => der(0x31, ...members)

/** A whole number that is not negative, from its bytes or up to 127. */
export function integer(value: Uint8Array | number): Buffer {
  const bytes = typeof value === 'number' ? Buffer.of(value) : value
  // The highest bit is the sign.
  return der(0x02, ...((bytes[0] ?? 0) > 127 ? [Buffer.of(0)] : []), bytes)
}

export const yes = der(0x01, Buffer.of(0xff))

export const none = der(0x05)

export const octets = (...content: readonly Uint8Array[]): Buffer => der(0x04, ...content)

/** Bits, of which the last ones do not count. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.of(unused), bytes)

export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text))

/** What stands under a number that its context gives a meaning: a value as it is, or with `isFrame` further values. */
export function tagged(number: number, isFrame: boolean, ...content: readonly Uint8Array[]): Buffer {
  return der((isFrame ? 0xa0 : 0x80) | number, ...content)
}

/** An object identifier such as `2.5.29.17`. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  return der(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]))
}

/** A time to the second: with two digits for the year up to 2049, as certificates want it. */
export function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits))
}

/** The values inside the value that `bytes` begin with, each with its tag and length. */
export function membersOf(bytes: Uint8Array): Uint8Array[] {
  const { start, end } = extent(bytes, 0)
  const members: Uint8Array[] = []
  for (let at = start; at < end; ) {
    const member = extent(bytes, at)
    members.push(bytes.subarray(at, member.end))
    at = member.end
  }
  return members
}

/** What a value holds, without its tag and length. */
export function contentOf(bytes: Uint8Array): Uint8Array {
  const { start, end } = extent(bytes, 0)
  return bytes.subarray(start, end)
}

function extent(bytes: Uint8Array, at: number): { start: number; end: number } {
  const first = bytes[at + 1] ?? 0
  if (first < 0x80) return { start: at + 2, end: at + 2 + first }
  const count = first & 0x7f
  const length = bytes.subarray(at + 2, at + 2 + count).reduce((sum, byte) => sum * 256 + byte, 0)
  return { start: at + 2 + count, end: at + 2 + count + length }
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

function base128(value: number): number[] {
  const digits = [value % 128]
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest % 128))
  return digits
}
