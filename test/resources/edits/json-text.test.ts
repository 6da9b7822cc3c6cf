/** Edits of JSON texts change what they are about and nothing else, in texts of any shape. */

import { describe, expect, it } from 'vitest'
import {
  findJson,
  type Json,
  NoSuchItem,
  parseJsonText,
  removeJson,
  setJson,
} from '../../../src/resources/edits/json-text.ts'

/** A sequence that looks random and is the same each time. */
function* numbers(seed: number): Generator<number> {
  let state = seed
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    yield state
  }
}

// No key that is a backslash alone: after it, JSON.parse of Node.js 24 takes a key that is a quote for one.
const keys = ['a', 'b c', '1', '"', '\\n', 'ü', '{', '']

function make(random: Generator<number>, depth: number): Json {
  const next = (below: number) => Math.floor((random.next().value as number) / 7) % below
  const kind = depth === 0 ? next(4) : next(6)
  if (kind === 4) return Array.from({ length: next(4) }, () => make(random, depth - 1))
  if (kind === 5) {
    return Object.fromEntries(Array.from({ length: next(5) }, () => [keys[next(keys.length)], make(random, depth - 1)]))
  }
  return [next(1000) / 4, 'te"x\\t[{,:]}', true, null][kind] as Json
}

/** Every path to a member of an object. */
function paths(value: Json, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => [[...path, key], ...paths(member as Json, [...path, key])])
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((found, part) => (found as Record<string, unknown> | undefined)?.[part], value)
}

describe('in 300 texts of any shape', () => {
  const random = numbers(7)
  const texts = Array.from({ length: 300 }, (_, index) => {
    const value = { root: make(random, 4), list: [{ x: 1 }], o: {} }
    return JSON.stringify(value, null, [undefined, 2, '\t', 4][index % 4])
  })

  it('every value is found where it is', () => {
    for (const text of texts) {
      const value = JSON.parse(text)
      for (const path of paths(value)) {
        const node = findJson(parseJsonText(text), path)
        expect(JSON.parse(text.slice(node?.start, node?.end))).toEqual(at(value, path))
      }
    }
  })

  it('what is set is there, and the rest as it was', () => {
    for (const text of texts) {
      for (const path of [...paths(JSON.parse(text)).slice(0, 12), ['o', 'new'], ['o', 'deep', 'er'], ['fresh']]) {
        const edited = setJson(text, path, { set: [1, 'two'] }, '  ')
        if (edited instanceof NoSuchItem) throw new Error(path.join('.'))
        const value = JSON.parse(edited)
        expect(at(value, path)).toEqual({ set: [1, 'two'] })
        if (at(JSON.parse(text), path) === undefined) {
          expect(JSON.parse(removeJson(edited, path.slice(0, path[1] === 'deep' ? 2 : undefined)))).toEqual(
            JSON.parse(text),
          )
        } else {
          const back = setJson(edited, path, at(JSON.parse(text), path) as Json, '  ') as string
          expect(JSON.parse(back)).toEqual(JSON.parse(text))
        }
      }
    }
  })

  it('what is removed is gone, and the rest as it was', () => {
    for (const text of texts) {
      for (const path of paths(JSON.parse(text)).slice(0, 12)) {
        const value = JSON.parse(removeJson(text, path))
        const expected = JSON.parse(text)
        const parent = at(expected, path.slice(0, -1))
        if (Array.isArray(parent)) parent.splice(Number(path.at(-1)), 1)
        else delete (parent as Record<string, unknown>)[path.at(-1) ?? '']
        expect(value).toEqual(expected)
      }
    }
  })
})

it('an item that a list does not have is none', () => {
  expect(setJson('{"a": [1]}', ['a', '1'], 2, '  ')).toEqual(new NoSuchItem(['a', '1']))
  expect(setJson('{"a": [1]}', ['a', 'x', 'y'], 2, '  ')).toEqual(new NoSuchItem(['a', 'x']))
})

it('what is in the way of an object is replaced by it', () => {
  expect(setJson('{"a": 1}', ['a', 'b'], 2, '  ')).toBe('{"a": {\n  "b": 2\n}}')
})

it('of a member that is there twice, the last counts, as it does for JSON.parse', () => {
  expect(setJson('{"a":1,"a":2}', ['a'], 3, '  ')).toBe('{"a":1,"a":3}')
})
