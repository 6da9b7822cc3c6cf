/** The lease as the controller sees it, with a clock of the test's own. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { leaseSeconds } from '../../../src/engine/host/host-lock.ts'
import { Lease } from '../../../src/engine/host/lease.ts'

let lease: Lease
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
const lapsed = expect.objectContaining({ code: 'lock-lapsed', host: 'web1' })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  lease = new Lease()
  lease.take('web1', 'boot-1')
})
afterEach(() => {
  vi.useRealTimers()
})

it.each([
  ['before the heartbeat', () => {}],
  ['after a heartbeat', () => lease.beat()],
])(
  'has lapsed where the controller was suspended and the host was rebooted, also if that is noticed %s',
  (_, first) => {
    pass(leaseSeconds + 1)
    first()
    expect(() => lease.take('web1', 'boot-2')).toThrow(lapsed)
  },
)

it('goes on over a reboot while the controller is there', () => {
  for (let beats = 0; beats < 30; beats++) {
    pass(10)
    lease.beat()
  }
  lease.take('web1', 'boot-2')
})

it('goes on where the host still knows who had the lock, and is a new one then', () => {
  pass(leaseSeconds + 1)
  lease.take('web1', 'boot-1')
  lease.take('web1', 'boot-2')
})
