/**
 * Digests: values in one spelling, hashed under a key of their own file, so that no secret can be guessed from them.
 *
 * The key stands beside the digests, or nobody could compare them later. It keeps files from being compared with each
 * other or with tables made beforehand; against a guess by somebody who reads the file it helps nothing. So what is
 * hashed is never a secret, nor made from one: a {@link Secret} is hashed as its name, every text with the values of
 * secrets masked, and where a task holds a secret, checksums and sizes are left out too, because they are as good as
 * the value itself for whoever tries out short ones.
 */

import { createHmac } from 'node:crypto'
import { redact, Secret } from '../../shell/secret.ts'

/** The digest of `value` under `key`; `holdsSecret` leaves out what may have been made from one. */
export function digestOf(value: unknown, key: Uint8Array, holdsSecret: boolean): string {
  return createHmac('sha256', key)
    .update(spell(value, holdsSecret, []))
    .digest('hex')
}

/** Whether there is a secret anywhere in `value`, as such or in the midst of a text. */
export function holdsSecret(value: unknown): boolean {
  return search(value, [])
}

function search(value: unknown, above: readonly object[]): boolean {
  if (typeof value === 'string') return redact(value) !== value
  if (typeof value !== 'object' || value === null || above.includes(value)) return false
  if (value instanceof Secret) return true
  if (value instanceof Uint8Array) return isMasked(value)
  return membersOf(value).some((member) => search(member, [...above, value]))
}

function membersOf(value: object): unknown[] {
  if (value instanceof Map) return [...value.keys(), ...value.values()]
  return value instanceof Set ? [...value] : Object.values(value)
}

// What is computed from content: the sums and lengths that file sources carry.
const made = /^(sha\d+|md5|checksum|digest|size|length)$/
const sum = /^[0-9a-f]{32,}$/

// No two values that differ are spelled alike, and members are in one order, whatever order they were written in.
function spell(value: unknown, isCareful: boolean, above: readonly object[]): string {
  if (typeof value === 'string') return isCareful && sum.test(value) ? 'sum' : JSON.stringify(redact(value))
  if (typeof value === 'function') return `function ${JSON.stringify(redact(String(value)))}`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Secret) return `secret ${JSON.stringify(value.name)}`
  if (value instanceof Uint8Array) return isMasked(value) ? 'masked bytes' : `bytes ${base64(value)}`
  if (value instanceof Date || value instanceof RegExp)
    return `${value.constructor.name} ${JSON.stringify(value)} ${value}`
  if (above.includes(value)) return `above ${above.indexOf(value)}`
  const inner = (member: unknown) => spell(member, isCareful, [...above, value])
  if (Array.isArray(value)) return `[${value.map(inner).join(',')}]`
  if (value instanceof Set) return `set {${[...value].map(inner).sort().join(',')}}`
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  const kept = entries.filter(([name, member]) => member !== undefined && !(isCareful && made.test(String(name))))
  const members = kept.map(([name, member]) => `${inner(name)}:${inner(member)}`).sort()
  return `${value instanceof Map ? 'map ' : ''}{${members.join(',')}}`
}

function isMasked(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
  return redact(text) !== text
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
