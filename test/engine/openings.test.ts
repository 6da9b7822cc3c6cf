/** What the roles of a host let in, as a firewall role is told it. */

import { defineInventory, definePlaybook, defineRole, file, type OpeningInput, z } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { compileAhead } from '../../src/engine/compile/compile-plays.ts'
import { declarePlays } from '../../src/engine/compile/declare-plays.ts'

const serving = defineRole({
  name: 'serving',
  variables: z.strictObject({ port: z.int() }),
  tasks: () => [],
  opens: ({ vars, hosts }) => [{ name: 'own', port: vars.port, from: hosts('front').map(({ address }) => address) }],
})
const wall = defineRole({
  name: 'wall',
  tasks: ({ openings }) => [file({ path: '/rules', content: JSON.stringify(openings()) })],
})

/** The openings as the role `wall` is told them on each host. */
function told(opens: () => readonly OpeningInput[] = () => [{ name: 'https', port: 443, from: 'anyone' }]) {
  const front = defineRole({ name: 'front', tasks: () => [], opens })
  const playbook = definePlaybook({
    name: 'site',
    groups: ['front', 'back'],
    plays: () => [
      { name: 'All', hosts: 'all', roles: [wall()] },
      { name: 'Front', hosts: 'front', roles: [front()] },
      {
        name: 'Back',
        hosts: 'back',
        roles: [(host, hosts) => serving({ port: host.name === 'two' ? hosts('back').length : 1 })],
      },
    ],
  })
  const inventory = defineInventory({
    playbook,
    hosts: { one: { address: '192.0.2.1' }, two: { address: '192.0.2.2' } },
    groups: { front: ['one'], back: ['one', 'two'] },
  })
  const built = compileAhead(inventory, declarePlays(inventory, [], ['one', 'two']))
  const contents = [...(built.plays[0]?.tasks ?? [])].map(([name, [first]]) => {
    const desired = first?.task.desired as { source: { content: string } } | undefined
    return [name, JSON.parse(desired?.source.content ?? 'null')] as const
  })
  return { problems: built.problems, ...Object.fromEntries(contents) }
}

describe('openings', () => {
  it('are those of the roles of the host in all plays, later ones too', () => {
    const own = { name: 'own', protocol: 'tcp', from: ['192.0.2.1'] }
    expect(told()).toEqual({
      problems: [],
      one: [
        { name: 'https', protocol: 'tcp', port: 443, from: 'anyone' },
        { ...own, port: 1 },
      ],
      two: [{ ...own, port: 2 }],
    })
  })

  it.each<[string, OpeningInput, string]>([
    ['no port', { name: 'x', from: 'anyone' }, 'what role front opens at port: is missing'],
    ['a wrong port', { name: 'x', port: 0, from: 'anyone' }, 'what role front opens at port'],
    ['a port of vrrp', { name: 'x', protocol: 'vrrp', port: 1, from: [] }, 'vrrp has no ports'],
    ['a name for an address', { name: 'x', port: 1, from: ['web1'] }, "must be 'anyone' or a list of addresses"],
  ])('are refused with %s', (_what, opening, words) => {
    expect(JSON.stringify(told(() => [opening]).problems)).toContain(words)
  })
})
