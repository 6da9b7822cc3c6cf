/** Digests: alike for what is alike, different for all else, and blind for secrets. */

import { expect, test } from 'vitest'
import { digestOf, holdsSecret } from '../../../src/engine/plan/digest.ts'
import { Secret } from '../../../src/index.ts'

const key = Buffer.alloc(32, 1)
const digest = (value: unknown, isCareful = false) => digestOf(value, key, isCareful)
const secret = new Secret('db', 'correct horse')

test('the order of members and members without a value do not matter', () => {
  expect(digest({ a: 1, b: [2], c: undefined })).toBe(digest({ b: [2], a: 1 }))
  expect(digest(new Set(['a', 'b']))).toBe(digest(new Set(['b', 'a'])))
})

test('no two of these are alike', () => {
  const values = [
    ...[undefined, null, 0, '0', '', 'null', true, 'true', 1n, [], {}, [[]], [''], ['a', 'b'], ['a,b'], { a: 'b' }],
    ...[{ 'a:b': 'c' }, { a: 'b:c' }, new Map([['a', 'b']]), new Set(['a']), new Date(0), new Date(1), /a/, /a/i],
    ...[Buffer.from('a'), Buffer.from([255]), Buffer.from([254]), () => 1, () => 2, secret, new Secret('other', 'x')],
  ]
  expect(new Set(values.map((value) => digest(value))).size).toBe(values.length)
})

test('another key gives another digest', () => {
  expect(digestOf('a', key, false)).not.toBe(digestOf('a', Buffer.alloc(32, 2), false))
})

test('what refers to itself ends', () => {
  const loop: { self?: unknown; a: number } = { a: 1 }
  loop.self = loop
  expect(digest(loop)).toBe(digest(loop))
  expect(holdsSecret(loop)).toBe(false)
})

test('a secret is known wherever it is', () => {
  for (const value of [
    secret,
    { a: [secret] },
    new Map([['a', secret]]),
    new Set([secret]),
    'pass: correct horse!',
    { a: Buffer.from('x correct horse') },
  ]) {
    expect(holdsSecret(value)).toBe(true)
  }
  expect(holdsSecret({ a: ['nothing', 1, null] })).toBe(false)
})

test('the value of a secret makes no difference, nor what is made from it', () => {
  const held = (value: string, sum: string) => ({
    path: '/a',
    source: { content: new Secret('db', value), sha256: sum, size: value.length },
  })
  expect(digest(held('one', 'a'.repeat(64)), true)).toBe(digest(held('other', 'b'.repeat(64)), true))
  expect(digest({ text: 'x correct horse' })).toBe(digest({ text: 'x ********' }))
  expect(digest({ other: 'a'.repeat(64) }, true)).toBe(digest({ other: 'b'.repeat(64) }, true))
  expect(digest({ path: '/a', ...secret }, true)).not.toBe(digest({ path: '/b', ...secret }, true))
})
