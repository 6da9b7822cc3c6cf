/** Whose lock a run takes on a host, and who keeps its pending handlers. */

import { describe, expect, it } from 'vitest'
import { compileAhead } from '../../../src/engine/compile/compile-plays.ts'
import { declarePlays } from '../../../src/engine/compile/declare-plays.ts'
import { firstUser } from '../../../src/engine/compile/first-user.ts'
import { block, command, defineInventory, definePlaybook, file, handler, type Play } from '../../../src/index.ts'

type Group = 'db' | 'bastion'

function userOf(host: string, ...plays: readonly Play<Group>[]): string | undefined {
  const playbook = definePlaybook({ name: 'test', groups: ['db', 'bastion'], plays: () => plays })
  const hosts = { db1: { address: '198.51.100.1' }, bastion1: { address: '198.51.100.2' } }
  const inventory = defineInventory({ playbook, hosts, groups: { db: ['db1'], bastion: ['bastion1'] } })
  const declared = declarePlays(inventory, [], Object.keys(hosts))
  return firstUser(inventory, declared, compileAhead(inventory, declared), host)
}

const play = (hosts: Group | 'all', become?: string | false, tasks: Play<Group>['tasks'] = () => []): Play<Group> => ({
  name: `${hosts} as ${become}`,
  hosts,
  ...(become === undefined ? {} : { become }),
  tasks,
})
const task = () => file({ path: '/srv/x', content: 'x' })

describe('the user of the first shell', () => {
  it('is that of the first play for the host, not of the first play', () => {
    expect(userOf('db1', play('bastion', false), play('db', 'postgres'))).toBe('postgres')
    expect(userOf('bastion1', play('bastion', false), play('db', 'postgres'))).toBeUndefined()
  })

  it('is root where any play of the host becomes root, in whatever order', () => {
    expect(userOf('db1', play('all', false), play('db'))).toBe('root')
    expect(userOf('db1', play('db', 'root'), play('all', false))).toBe('root')
    expect(userOf('bastion1', play('all', false), play('db'))).toBeUndefined()
  })

  it.each([
    ['a task', () => [file({ path: '/srv/x', content: 'x', become: 'root' })]],
    [
      'a task in a block',
      () => [block({ tasks: [task()], rescue: [command({ run: 'x', always: true, become: 'root' })] })],
    ],
    [
      'a task of a handler',
      () => [
        file({
          path: '/srv/x',
          content: 'x',
          notify: handler('h', command({ run: 'x', always: true, become: 'root' })),
        }),
      ],
    ],
  ])('is root where %s becomes root', (_name, tasks) => {
    expect(userOf('bastion1', play('bastion', false, tasks as Play<Group>['tasks']))).toBe('root')
    expect(
      userOf(
        'bastion1',
        play('bastion', false, () => [task()]),
      ),
    ).toBeUndefined()
  })

  it('is root where no play is for the host', () => {
    expect(userOf('db1', play('bastion', false))).toBe('root')
  })
})
