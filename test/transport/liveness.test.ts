/** Liveness: how many probes may go unanswered, and what counts as an answer. */

import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchLiveness } from '../../src/transport/liveness.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function watched() {
  const stream = new PassThrough()
  const deaths: number[] = []
  const stop = watchLiveness(stream, 100, (silentMs) => deaths.push(silentMs))
  return { stream, deaths, stop }
}

test('a peer is dead after three probes without an answer, once', () => {
  const { deaths } = watched()
  vi.advanceTimersByTime(399)
  expect(deaths).toEqual([])
  vi.advanceTimersByTime(1)
  expect(deaths).toEqual([400])
  vi.advanceTimersByTime(5000)
  expect(deaths).toEqual([400])
})

test('any byte counts as an answer', () => {
  const { stream, deaths } = watched()
  for (let round = 0; round < 10; round++) {
    vi.advanceTimersByTime(300)
    stream.emit('data', Buffer.from('x'))
  }
  expect(deaths).toEqual([])
  vi.advanceTimersByTime(500)
  expect(deaths).toHaveLength(1)
})

test('nobody is watched after the end', () => {
  const { deaths, stop } = watched()
  stop()
  vi.advanceTimersByTime(5000)
  expect(deaths).toEqual([])
})
