/** The cache of observed states: what still holds after a change, and how far it reads ahead. */

import { describe, expect, it } from 'vitest'
import type { CompiledTask } from '../../../src/engine/compile/compiled-play.ts'
import { ReadCache } from '../../../src/engine/read/read-cache.ts'
import type { Reading } from '../../../src/engine/read/reading.ts'

const reading = (state: unknown): Reading => ({ kind: 'state', state, changes: [] })
const tasks = Array.from({ length: 100 }, (_, index) => ({ index }) as unknown as CompiledTask)
const [first, second, third] = tasks as [CompiledTask, CompiledTask, CompiledTask]

function cacheOn(shared = { epoch: 0 }) {
  const asked: number[] = []
  const cache = new ReadCache(shared, async (wanted) => {
    asked.push(wanted.length)
    return wanted.map((task) => [task, reading(asked.length)])
  })
  return { cache, asked, shared }
}

describe('ReadCache', () => {
  it('reads everything ahead until something changes, then one task, then four times as many each time', async () => {
    const { cache, asked } = cacheOn()
    await cache.readAhead(tasks)
    cache.narrow()
    for (let times = 0; times < 4; times++) await cache.readAhead(tasks)
    expect(asked).toEqual([100, 1, 4, 16, 64])
  })

  it('reads only what is missing', async () => {
    const { cache, asked } = cacheOn()
    await cache.read([first])
    await cache.readMissing([first, second])
    await cache.readMissing([first, second])
    expect(asked).toEqual([1, 1])
  })

  it('holds nothing after a change but what was read with it', async () => {
    const { cache, shared } = cacheOn()
    await cache.read([first, second])
    cache.replace(new Map([[third, reading('new')]]))
    expect([first, second, third].map((task) => cache.get(task))).toEqual([undefined, undefined, reading('new')])
    expect(shared.epoch).toBe(1)
  })

  it('drops what was read before a change on another host', async () => {
    const shared = { epoch: 0 }
    const [one, other] = [cacheOn(shared), cacheOn(shared)]
    await one.cache.read([first])
    one.cache.dropStale()
    expect(one.cache.get(first)).toBeDefined()
    other.cache.replace()
    one.cache.dropStale()
    expect(one.cache.get(first)).toBeUndefined()
  })

  it('counts a reading as old when something changed while it was made', async () => {
    const shared = { epoch: 0 }
    const cache = new ReadCache(shared, async (wanted) => {
      shared.epoch += 1
      return wanted.map((task) => [task, reading('old')])
    })
    await cache.read([first])
    cache.dropStale()
    expect(cache.get(first)).toBeUndefined()
  })

  it('adopts what a dry run has read as read now', async () => {
    const shared = { epoch: 3 }
    const [one, copy] = [cacheOn(shared), cacheOn({ epoch: 0 })]
    await copy.cache.read([first])
    one.cache.adopt(copy.cache)
    one.cache.dropStale()
    expect(one.cache.get(first)).toEqual(reading(1))
  })
})
