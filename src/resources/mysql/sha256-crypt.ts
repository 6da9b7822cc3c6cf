/** SHA-256 of crypt(3), with salts of any length: how caching_sha2_password keeps passwords. */

import { createHash } from 'node:crypto'

const signs = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const size = 32
// In which order the bytes of the last digest are written, three at a time.
const order = [
  [0, 10, 20],
  [21, 1, 11],
  [12, 22, 2],
  [3, 13, 23],
  [24, 4, 14],
  [15, 25, 5],
  [6, 16, 26],
  [27, 7, 17],
  [18, 28, 8],
  [9, 19, 29],
] as const

/** The 43 signs that crypt(3) writes after `$5$rounds=…$salt$`. The names are those of its specification. */
export function sha256Crypt(password: Uint8Array, salt: Uint8Array, rounds: number): string {
  const b = digestOf(password, salt, password)
  const parts = [password, salt, repeated(b, password.length)]
  for (let length = password.length; length > 0; length >>= 1) parts.push(length & 1 ? b : password)
  let a = digestOf(...parts)
  const p = repeated(digestOf(...copies(password, password.length)), password.length)
  const s = repeated(digestOf(...copies(salt, 16 + (a[0] ?? 0))), salt.length)
  for (let round = 0; round < rounds; round++) {
    const hash = createHash('sha256').update(round & 1 ? p : a)
    if (round % 3) hash.update(s)
    if (round % 7) hash.update(p)
    a = hash.update(round & 1 ? a : p).digest()
  }
  const byte = (index: number) => a[index] ?? 0
  const whole = order.map(([x, y, z]) => written((byte(x) << 16) | (byte(y) << 8) | byte(z), 4))
  return `${whole.join('')}${written((byte(31) << 8) | byte(30), 3)}`
}

function digestOf(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function repeated(digest: Buffer, length: number): Buffer {
  return Buffer.concat(copies(digest, Math.ceil(length / size))).subarray(0, length)
}

function copies<T>(value: T, count: number): T[] {
  return Array.from({ length: count }, () => value)
}

function written(value: number, length: number): string {
  return Array.from({ length }, (_, index) => signs[(value >> (6 * index)) & 63]).join('')
}
