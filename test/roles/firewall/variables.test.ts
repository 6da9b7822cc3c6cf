/** What the firewall role refuses of its variables, and who is in which network. */

import { describe, expect, it } from 'vitest'
import { firewall } from '../../../roles/firewall/role.ts'
import { isIn } from '../../../roles/firewall/way-in.ts'
import { filesOf, tasksOf } from '../role-cases.ts'

type Input = Parameters<typeof firewall>[0]
const problemsOf = (variables: unknown) =>
  firewall(variables as Input).problems.map(({ path, message }) => `${path}: ${message}`)
const rulesOf = (variables: Input) => filesOf(tasksOf(firewall(variables)))['/etc/foobar-deploy/firewall.nft'] ?? ''

describe('bad variables', () => {
  const address = "must be 'anyone' or a list of addresses and networks"
  it.each<[string, unknown, string[]]>([
    ['nobody may come in', {}, [`sshFrom: ${address}`]],
    ['an empty list of those who may', { sshFrom: [] }, ['sshFrom: Too small: expected array to have >=1 items']],
    ['a name in the place of an address', { sshFrom: ['gate.example.com'] }, [`sshFrom: ${address}`]],
    ['a network that is none', { sshFrom: ['10.0.0.0/33'] }, [`sshFrom: ${address}`]],
    [
      'no port',
      { sshFrom: 'anyone', openings: [{ name: 'a', from: 'anyone' }] },
      ['openings.0.port: is missing; expected number'],
    ],
    [
      'a rule that would end the chain',
      { sshFrom: 'anyone', extraRules: ['accept }'] },
      ['extraRules.0: must be one rule on one line'],
    ],
    [
      'an interface that must be there',
      { sshFrom: 'anyone', extraRules: ['iif eth0 accept'] },
      ['extraRules.0: must name interfaces by iifname and oifname, which need not be there'],
    ],
    [
      'two rules in one',
      { sshFrom: 'anyone', extraRules: ['accept; drop'] },
      ['extraRules.0: must be one rule on one line'],
    ],
  ])('%s', (_about, variables, problems) => {
    expect(problemsOf(variables)).toEqual(problems)
  })
})

it('sets of one name with different members have names of their own', () => {
  const opening = (port: number, from: string[]) => ({ name: 'metrics', port, from })
  const rules = rulesOf({
    sshFrom: 'anyone',
    openings: [
      opening(1, ['192.0.2.1', '192.0.2.2']),
      opening(2, ['192.0.2.1']),
      opening(3, ['192.0.2.2', '192.0.2.1']),
    ],
  })
  expect(rules.match(/@\S+ tcp dport \d/g)).toEqual([
    '@from_metrics_4 tcp dport 1',
    '@from_metrics_4_2 tcp dport 2',
    '@from_metrics_4 tcp dport 3',
  ])
})

it.each([
  ['192.0.2.7', ['192.0.2.7'], true],
  ['192.0.2.7', ['192.0.2.0/24'], true],
  ['192.0.3.7', ['192.0.2.0/24', '10.0.0.1'], false],
  ['2001:db8::1', ['192.0.2.0/24', '2001:db8::/32'], true],
  ['2001:db9::1', ['2001:db8::/32'], false],
  ['192.0.2.7', ['2001:db8::/32'], false],
])('%s is in %j: %s', (address, networks, expected) => {
  expect(isIn(address, networks)).toBe(expected)
})
