/** What the firewall role reads of a host and what it makes of it: the rules in force, the way in, other firewalls. */

import { Unavailable } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { firewall } from '../../../roles/firewall/role.ts'
import type { Queries } from '../../../src/plan/query.ts'
import { tasksOf } from '../role-cases.ts'

/** What the task of a type makes of what the host printed. */
function judged(type: string, stdout: string, variables = {}) {
  const tasks = tasksOf(firewall({ sshFrom: ['192.0.2.0/24', '2001:db8::/32'], ...variables }))
  const task = tasks.find(({ resource }) => resource.type === type)
  if (!task) throw new Error(`no task ${type}`)
  const [[name, query] = ['', undefined]] = Object.entries(task.resource.read(task.desired) as Queries)
  const output = { status: 0, stdout: Buffer.from(stdout), stderr: Buffer.from('') }
  const [answer] = query?.kind.parse(output, [query.operand]) ?? []
  const state = task.resource.parse({ [name]: answer }, task.desired)
  return state instanceof Unavailable ? state : task.resource.diff(state, task.desired)
}

describe('the rules in force', () => {
  const listing = (...rules: string[]) =>
    ['table inet foobar_deploy {', '\tchain input {', ...rules.map((rule) => `\t\t${rule}`), '\t}', '}'].join('\n')
  const there = (now: string, wanted: string) => `there\n${now}\n--\n${wanted}\n`

  it.each<[string, string, unknown]>([
    ['agree', there(listing('tcp dport 22 accept'), listing('tcp dport 22 accept')), []],
    ['are not there', 'absent\n', [{ key: 'table', from: null, to: 'in force' }]],
    [
      'are others',
      there(listing('tcp dport 22 accept', 'drop'), listing('tcp dport 2222 accept', 'drop')),
      [{ key: 'rules', from: ['tcp dport 22 accept'], to: ['tcp dport 2222 accept'] }],
    ],
    [
      'stand in another order',
      there(listing('drop', 'tcp dport 22 accept'), listing('tcp dport 22 accept', 'drop')),
      [{ key: 'rules', from: [], to: ['the same, in another order'] }],
    ],
    [
      'are to be some that nft does not take',
      there(listing('drop'), '?'),
      [{ key: 'rules', from: 'in force', to: 'others, which this nft cannot load' }],
    ],
  ])('%s', (_about, stdout, changes) => {
    expect(judged('tableInForce', stdout)).toEqual(changes)
  })

  it.each([
    ['no-program\n', 'the host has no nft'],
    ['no-namespace\n', 'what is in force cannot be compared, because no network namespace can be made on this host'],
  ])('cannot be known after %j', (stdout, reason) => {
    expect(judged('tableInForce', stdout)).toMatchObject({ reason })
  })
})

describe('the way in', () => {
  const from = (client: string, port = 22) => `SSH_CONNECTION=${client} 50000 192.0.2.11 ${port}\n`

  it.each([
    ['an address of a network', from('192.0.2.7')],
    ['one of IPv6', from('2001:db8::7')],
    ['the host itself', from('::1')],
    ['no network at all', from('UNKNOWN', 65_535)],
    ['nowhere that is known', ''],
  ])('is there for %s', (_about, stdout) => {
    expect(judged('wayIn', stdout)).toEqual([])
  })

  it.each([
    [
      'another network',
      from('198.51.100.7'),
      'sshd sees it coming from 198.51.100.7; sshFrom is 192.0.2.0/24, 2001:db8::/32',
    ],
    ['a link', from('fe80::1%eth0'), 'sshd sees it coming from fe80::1; sshFrom is 192.0.2.0/24, 2001:db8::/32'],
    ['another port', from('192.0.2.7', 2222), 'sshd was reached on port 2222; sshPorts are 22'],
  ])('is not there for %s', (_about, stdout, detail) => {
    expect(() => judged('wayIn', stdout)).toThrow(expect.objectContaining({ code: 'lock-out', detail }))
  })

  it('is anybody’s where anyone may come', () => {
    expect(judged('wayIn', from('198.51.100.7'), { sshFrom: 'anyone' })).toEqual([])
  })

  it('is not shared with another firewall, unless that is to be disabled', () => {
    const stdout = `${from('192.0.2.7')}firewall=firewalld\n`
    expect(() => judged('wayIn', stdout)).toThrow(/firewalld is active on this host/)
    expect(judged('wayIn', stdout, { otherFirewalls: 'disable' })).toEqual([])
  })
})
