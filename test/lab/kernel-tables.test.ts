/** What the lab reads of the kernel's tables. */

import { describe, expect, it } from 'vitest'
import { cgroupMountIn } from '../../src/lab/cgroup.ts'
import { isFirstInNamespace } from '../../src/lab/host-processes.ts'
import { hasListener } from '../../src/lab/until.ts'

describe('cgroupMountIn', () => {
  const hybrid = `30 24 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
32 30 0:28 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
`
  it('finds cgroup2 beside the old hierarchies and alone', () => {
    expect(cgroupMountIn(hybrid)).toBe('/sys/fs/cgroup/unified')
    expect(cgroupMountIn('35 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw')).toBe('/sys/fs/cgroup')
  })
  it('finds none where there is none', () => {
    expect(cgroupMountIn('31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n')).toBeUndefined()
  })
})

describe('hasListener', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000
   1: 0100007F:0050 0100007F:9999 01 00000000:00000000 00:00000000
`
  it('tells a listener from a connection', () => {
    expect(hasListener(table, 22)).toBe(true)
    expect(hasListener(table, 80)).toBe(false)
    expect(hasListener('', 22)).toBe(false)
  })
})

describe('isFirstInNamespace', () => {
  it("tells a container's first process from the machine's and from others", () => {
    expect(isFirstInNamespace('Name:\tsystemd\nNSpid:\t4711\t1\nNSpgid:\t1\n')).toBe(true)
    expect(isFirstInNamespace('Name:\tsshd\nNSpid:\t4712\t33\n')).toBe(false)
    expect(isFirstInNamespace('Name:\tinit\nNSpid:\t1\n')).toBe(false)
    expect(isFirstInNamespace('')).toBe(false)
  })
})
