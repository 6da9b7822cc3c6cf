/** A lab is recognised as the one that was declared. */

import { describe, expect, it } from 'vitest'
import { machineName } from '../../src/lab/boot-host.ts'
import { isSameSpec } from '../../src/lab/lab-record.ts'
import type { LabSpec } from '../../src/lab/lab-spec.ts'

const spec: LabSpec = {
  name: 'dev',
  suite: 'sid',
  packages: ['nginx', 'haproxy'],
  hosts: [
    { name: 'web1', address: '198.51.100.11' },
    { name: 'web2', address: '198.51.100.12' },
  ],
}

describe('isSameSpec', () => {
  it('takes order for nothing', () => {
    const turned = { ...spec, packages: ['haproxy', 'nginx', 'nginx'], hosts: spec.hosts.toReversed() }
    expect(isSameSpec(spec, turned)).toBe(true)
  })
  it.each<[string, Partial<LabSpec>]>([
    ['suite', { suite: 'trixie' }],
    ['packages', { packages: ['nginx'] }],
    ['hosts', { hosts: spec.hosts.slice(1) }],
    ['addresses', { hosts: [{ name: 'web1', address: '198.51.100.12' }] }],
  ])('sees other %s', (_, change) => {
    expect(isSameSpec(spec, { ...spec, ...change })).toBe(false)
  })
})

describe('machineName', () => {
  it('differs by lab and fits into the name of a network link', () => {
    expect(machineName('dev', 'web1')).toBe('dev-web1')
    const long = machineName('a-lab-of-a-long-name', 'database1')
    expect(`vb-${long}`.length).toBeLessThanOrEqual(15)
    expect(long).not.toBe(machineName('a-lab-of-a-long-name', 'database2'))
    expect(long).not.toBe(machineName('a-lab-of-another-name', 'database1'))
  })
})
