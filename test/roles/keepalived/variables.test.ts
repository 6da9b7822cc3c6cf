/** What the keepalived role refuses, asserts, opens, and tells of the addresses. */

import { describe, expect, it } from 'vitest'
import { keepalived } from '../../../roles/keepalived/role.ts'
import { rowsOf } from '../../../roles/keepalived/status.ts'
import { contextOf, tasksOf } from '../role-cases.ts'

type Input = Parameters<typeof keepalived>[0]
const problemsOf = (variables: unknown) =>
  keepalived(variables as Input).problems.map(({ path, message }) => `${path}: ${message}`)
const interfaces = [{ name: 'host0', mac: '02:00:00:00:00:01', addresses: ['198.51.100.11/24'] }]
const around = {
  hosts: [
    { name: 'web1', address: '198.51.100.11', groups: ['balancer'], facts: { interfaces } },
    { name: 'web2', address: '198.51.100.12', groups: ['balancer'] },
    { name: 'other', address: '198.51.100.13' },
  ],
}
const virtualAddresses = ['198.51.100.10']

describe('bad variables', () => {
  it.each<[string, unknown, string[]]>([
    ['no addresses', { virtualAddresses: [] }, ['virtualAddresses: Too small: expected array to have >=1 items']],
    [
      'an address that is none',
      { virtualAddresses: ['198.51.100'] },
      ['virtualAddresses.0: must be an address, or one with its prefix'],
    ],
    [
      'an interval that would be rounded',
      { virtualAddresses, advertSeconds: 0.305 },
      ['advertSeconds: must be whole hundredths of a second: 0.3, 1'],
    ],
    [
      'a delay of what never happens',
      { virtualAddresses, preemptDelaySeconds: 5 },
      ['preemptDelaySeconds: means nothing without preempt: true'],
    ],
    [
      'a program with arguments',
      { virtualAddresses, notify: '/bin/sh -c' },
      ['notify: must be an absolute path without spaces, quotes, { } ! or #'],
    ],
  ])('%s', (_about, variables, problems) => {
    expect(problemsOf(variables)).toEqual(problems)
  })

  const assertions = (variables: Input, hosts = around.hosts) =>
    tasksOf(keepalived(variables), { hosts })
      .filter(({ resource }) => resource.type === 'assert')
      .map(({ desired }) => desired)

  it('a host without an interface for them', () => {
    const [, second] = around.hosts
    expect(assertions({ virtualAddresses }, second ? [second] : [])[0]).toMatchObject({
      that: false,
      message: 'No interface of web2 has its address 198.51.100.12; say which one gets the addresses: interface',
    })
    expect(assertions({ virtualAddresses })).toMatchObject([{ that: true }, { that: true }])
    expect(assertions({ virtualAddresses, interface: 'bond0' })[0]).toMatchObject({ that: true })
  })

  it('a host outside of the group', () => {
    expect(assertions({ virtualAddresses, group: 'edge' })[1]).toMatchObject({
      that: false,
      message: 'web1 is not in group edge, among whose hosts the addresses move',
    })
  })
})

it('opens VRRP to its peers alone', () => {
  expect(keepalived({ virtualAddresses }).opens(contextOf(around))).toEqual([
    { name: 'vrrp', protocol: 'vrrp', from: ['198.51.100.12'] },
  ])
  expect(keepalived({ virtualAddresses }).opens(contextOf({ hosts: around.hosts.slice(0, 1) }))).toEqual([])
})

it('tells who has the addresses', () => {
  const stdout = `active
2: host0    inet 198.51.100.11/24 brd 198.51.100.255 scope global host0
2: host0    inet 198.51.100.10/24 scope global secondary host0
`
  expect(rowsOf(stdout, ['198.51.100.10/24', '198.51.100.1'])).toEqual([
    {
      address: '198.51.100.10',
      held: { text: 'here', level: 'good' },
      keepalived: { text: 'active', level: 'good' },
    },
    { address: '198.51.100.1', held: 'not here', keepalived: { text: 'active', level: 'good' } },
  ])
  expect(rowsOf('inactive\n', ['198.51.100.10'])).toMatchObject([{ keepalived: { level: 'bad' } }])
})
