/** What the operations of the mysql role decide, for servers as their facts describe them. */

import { describe, expect, it } from 'vitest'
import { failover } from '../../../roles/mysql/operations/failover.ts'
import { rejoin } from '../../../roles/mysql/operations/rejoin.ts'
import { switchover } from '../../../roles/mysql/operations/switchover.ts'
import { findPrimary } from '../../../roles/mysql/primary.ts'
import type { DatabaseServer, ServerState } from '../../../roles/mysql/server-state.ts'
import { databaseServer } from '../../../roles/mysql/server-state.ts'
import { mysqlVariables } from '../../../roles/mysql/variables.ts'
import type { Host } from '../../../src/index.ts'
import { newDebian } from '../role-cases.ts'

const uuid = '6054e1d9-e717-11f1-bd79-ae7a2d86c444'
const addresses: Readonly<Record<string, string>> = { web1: '192.0.2.1', web2: '192.0.2.2', web3: '192.0.2.3' }

const server = (more: Partial<ServerState> = {}): ServerState => ({
  kind: 'server',
  flavor: 'mysql',
  version: '9.7.4',
  isWritable: false,
  executed: `${uuid}:1-100`,
  replication: undefined,
  isSemiSync: true,
  marks: [],
  ...more,
})
const primary = server({ isWritable: true })
const replicaOf = (
  name: string,
  more: Partial<ServerState> = {},
  link: Partial<ServerState['replication'] & object> = {},
) =>
  server({
    replication: {
      source: addresses[name] ?? '',
      isReceiving: true,
      isApplying: true,
      received: `${uuid}:50-100`,
      lagSeconds: 0,
      error: '',
      ...link,
    },
    ...more,
  })

const hostsWith = (servers: Readonly<Record<string, DatabaseServer | 'away'>>): Host[] =>
  Object.entries(servers).map(([name, found]) => ({
    name,
    address: addresses[name] ?? name,
    groups: ['database'],
    vars: {},
    reached: found !== 'away',
    get facts() {
      if (found === 'away') throw new Error(`the facts of ${name} are not known`)
      return { ...newDebian, custom: { databaseServer: found } }
    },
  }))

function contextWith<Args>(servers: Readonly<Record<string, DatabaseServer | 'away'>>, args: Args, variables = {}) {
  const hosts = hostsWith(servers)
  const vars = mysqlVariables.parse({ primary: 'web1', ...variables })
  return { args, members: hosts.map((host) => ({ host, vars })), hosts: () => hosts }
}

describe('the primary', () => {
  const find = (servers: Readonly<Record<string, DatabaseServer | 'away'>>) => {
    const hosts = hostsWith(servers)
    const { host, by, contradiction } = findPrimary(hosts, hosts[0] as Host)
    return contradiction === undefined ? `${host.name} by ${by}` : contradiction
  }

  it.each([
    [
      'the one of the inventory where nothing is installed',
      { web1: { kind: 'none' }, web2: { kind: 'none' } },
      'web1 by inventory',
    ],
    ['the writable one', { web1: replicaOf('web2'), web2: primary }, 'web2 by writable'],
    ['the writable one while the other is away', { web1: 'away', web2: primary }, 'web2 by writable'],
    ['the one that the others follow while it is away', { web1: replicaOf('web2'), web2: 'away' }, 'web2 by replicas'],
    [
      'the one that the others follow while it is closed',
      { web1: replicaOf('web2'), web2: server() },
      'web2 by replicas',
    ],
    [
      'not a server that was just installed, which is writable and empty',
      { web1: server({ isWritable: true, executed: '' }), web2: primary },
      'web2 by writable',
    ],
    ['the one of the inventory where no server says anything', { web1: 'away', web2: server() }, 'web1 by inventory'],
    [
      'nobody where two are writable',
      { web1: primary, web2: primary },
      'web1 and web2 are writable. web1: writable, replicates from none; web2: writable, replicates from none',
    ],
    [
      'nobody where replicas follow different servers',
      { web1: server(), web2: server(), web3: replicaOf('web1'), web4: replicaOf('web2') },
      /^the replicas do not agree on their source\. web1: read-only/,
    ],
  ] as const)('is %s', (_what, servers, found) => {
    if (found instanceof RegExp) expect(find(servers)).toMatch(found)
    else expect(find(servers)).toBe(found)
  })
})

describe('a switchover', () => {
  const decide = (servers: Readonly<Record<string, DatabaseServer | 'away'>>, to?: string) => {
    const { from, to: next } = switchover.decide(contextWith(servers, to === undefined ? {} : { to }))
    return [from?.name, next.name]
  }

  it('is to the other server of a pair, or to the one that is named', () => {
    expect(decide({ web1: primary, web2: replicaOf('web1') })).toEqual(['web1', 'web2'])
    expect(decide({ web1: primary, web2: replicaOf('web1'), web3: replicaOf('web1') }, 'web3')).toEqual([
      'web1',
      'web3',
    ])
  })

  it('has nothing to hand over where the server is the primary already, and still lets the others follow', () => {
    expect(decide({ web1: server(), web2: primary }, 'web2')).toEqual([undefined, 'web2'])
  })

  it('goes on where the primary was closed and the other not opened', () => {
    expect(decide({ web1: server(), web2: replicaOf('web1') }, 'web2')).toEqual(['web1', 'web2'])
  })

  it.each([
    [
      'without a name where there are three',
      { web1: primary, web2: replicaOf('web1'), web3: replicaOf('web1') },
      undefined,
      'mysql-which-one',
    ],
    ['to a host that is none', { web1: primary, web2: replicaOf('web1') }, 'web9', 'unknown-member'],
    ['from a primary that does not answer', { web1: 'away', web2: replicaOf('web1') }, 'web2', 'mysql-primary-silent'],
    [
      'to a server that does not answer',
      { web1: primary, web2: { kind: 'silent', reason: 'x' } },
      'web2',
      'mysql-silent',
    ],
    ['to a server that replicates from none', { web1: primary, web2: server() }, 'web2', 'mysql-not-ready'],
    [
      'to a replica that does not apply',
      { web1: primary, web2: replicaOf('web1', {}, { isApplying: false }) },
      'web2',
      'mysql-not-ready',
    ],
    [
      'to a replica that does not receive',
      { web1: primary, web2: replicaOf('web1', {}, { isReceiving: false }) },
      'web2',
      'mysql-not-ready',
    ],
    [
      'to a replica that is far behind',
      { web1: primary, web2: replicaOf('web1', {}, { lagSeconds: 31 }) },
      'web2',
      'mysql-not-ready',
    ],
    ['where two are writable', { web1: primary, web2: primary }, 'web2', 'mysql-contradiction'],
  ] as const)('is refused %s', (_what, servers, to, code) => {
    expect(() => decide(servers, to)).toThrow(expect.objectContaining({ code, family: 'refused', exitCode: 3 }))
  })
})

describe('a failover', () => {
  const decide = (servers: Readonly<Record<string, DatabaseServer | 'away'>>, to?: string, variables = {}) =>
    failover.decide(contextWith(servers, to === undefined ? {} : { to }, variables))
  const wordFor = (...given: Parameters<typeof decide>) => failover.confirm(decide(...given))?.word

  it('is to the replica that has received most', () => {
    const ahead = replicaOf('web1', { executed: `${uuid}:1-90` }, { received: `${uuid}:50-120` })
    const { from, to, loss } = decide({ web1: 'away', web2: replicaOf('web1'), web3: ahead })
    expect([from.name, to.name, loss]).toEqual(['web1', 'web3', undefined])
    expect(() => decide({ web1: 'away', web2: replicaOf('web1'), web3: ahead }, 'web2')).toThrow(
      expect.objectContaining({ code: 'mysql-candidate-behind' }),
    )
  })

  it('asks whether the old primary is off where nothing can turn it off', () => {
    expect(wordFor({ web1: 'away', web2: replicaOf('web1') })).toBe('web1-is-off')
    expect(
      wordFor({ web1: 'away', web2: replicaOf('web1') }, undefined, { fence: { web1: 'virsh destroy web1' } }),
    ).toBeUndefined()
    expect(wordFor({ web1: { kind: 'silent', reason: 'x' }, web2: replicaOf('web1') })).toBeUndefined()
  })

  it('asks before writes may be lost, and says which', () => {
    const fence = { fence: { web1: 'virsh destroy web1' } }
    const lapsed = decide({ web1: 'away', web2: replicaOf('web1', { isSemiSync: false }) }, undefined, fence)
    expect(failover.confirm(lapsed)).toMatchObject({
      word: 'lose-writes-of-web1',
      warning: expect.stringContaining('semi-sync was off'),
    })
    const more = decide({ web1: server({ executed: `${uuid}:1-103` }), web2: replicaOf('web1') })
    expect(failover.confirm(more)).toEqual({
      word: 'lose-writes-of-web1',
      warning: '3 transactions of web1 have not arrived at web2, and would be lost',
    })
  })

  it('is done where it was done', () => {
    const done = decide({ web1: 'away', web2: primary }, 'web2')
    expect([done.isDone, failover.confirm(done)]).toEqual([true, undefined])
  })

  it.each([
    ['while the primary is writable', { web1: primary, web2: replicaOf('web1') }, 'mysql-primary-alive'],
    ['without a replica', { web1: 'away', web2: server() }, 'mysql-no-candidate'],
  ] as const)('is refused %s', (_what, servers, code) => {
    expect(() => decide(servers)).toThrow(expect.objectContaining({ code, exitCode: 3 }))
  })
})

describe('a rejoin', () => {
  const decide = (servers: Readonly<Record<string, DatabaseServer | 'away'>>, host: string) => {
    const decision = rejoin.decide(contextWith(servers, { host, rebuild: false }))
    return [decision.host.name, decision.primary.name, rejoin.confirm(decision)?.word]
  }

  it('asks for the name of the host whose data may go', () => {
    expect(decide({ web1: server(), web2: primary }, 'web1')).toEqual(['web1', 'web2', 'web1'])
  })

  it.each([
    ['of the primary', { web1: replicaOf('web2'), web2: primary }, 'web2', 'mysql-is-primary'],
    ['while no primary is writable', { web1: replicaOf('web2'), web2: server() }, 'web1', 'mysql-primary-silent'],
    ['of a server that does not answer', { web1: 'away', web2: primary }, 'web1', 'mysql-silent'],
  ] as const)('is refused %s', (_what, servers, host, code) => {
    expect(() => decide(servers, host)).toThrow(expect.objectContaining({ code, exitCode: 3 }))
  })
})

describe('the fact', () => {
  it('reads a replica of MySQL and of MariaDB, and a server without replication', () => {
    const mysql = `kind: state
version: 9.7.4
is_closed: 1
executed: ${uuid}:1-5,
7054e1d9-e717-11f1-bd79-ae7a2d86c444:1-2
*************************** 1. row ***************************
Replica_IO_State: Waiting
Source_Host: 192.0.2.1
Replica_IO_Running: Yes
Replica_SQL_Running: No
Last_SQL_Error: broken
Seconds_Behind_Source: NULL
Retrieved_Gtid_Set: ${uuid}:1-7
Variable_name: Rpl_semi_sync_replica_status
Value: ON
mark_is: met-web1
`
    expect(databaseServer.parse(mysql)).toEqual({
      kind: 'server',
      flavor: 'mysql',
      version: '9.7.4',
      isWritable: false,
      executed: `${uuid}:1-5,7054e1d9-e717-11f1-bd79-ae7a2d86c444:1-2`,
      replication: {
        source: '192.0.2.1',
        isReceiving: true,
        isApplying: false,
        received: `${uuid}:1-7`,
        lagSeconds: undefined,
        error: 'broken',
      },
      isSemiSync: true,
      marks: ['met-web1'],
    })
    expect(databaseServer.parse('version: 11.8.3-MariaDB\nis_closed: OFF\nexecuted: 0-1-5\n')).toMatchObject({
      flavor: 'mariadb',
      isWritable: true,
      replication: undefined,
      isSemiSync: false,
    })
    expect(databaseServer.parse('none\n')).toEqual({ kind: 'none' })
    expect(databaseServer.parse('ERROR 2002 (HY000): no\n')).toEqual({
      kind: 'silent',
      reason: 'ERROR 2002 (HY000): no',
    })
  })
})
