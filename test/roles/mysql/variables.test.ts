/** What the mysql role refuses, what it opens, how memory is cut, and what it makes of a server’s figures. */

import { Secret } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { mysql } from '../../../roles/mysql/role.ts'
import { bufferPoolOf, bytesOf } from '../../../roles/mysql/sizes.ts'
import { databaseProbe } from '../../../roles/mysql/status.ts'
import { transactionsBeyond } from '../../../src/resources/mysql/gtid-set.ts'
import { type CaseSurroundings, contextOf, tasksOf } from '../role-cases.ts'

type Input = Parameters<typeof mysql>[0]

const password = new Secret('password', 'secret')
const tls = { certificate: '/srv/db.crt', key: '/srv/db.key', authorityPath: '/srv/ca.crt' }
const whole: Input = { primary: 'db1', replication: { password }, tls }
const db1 = { name: 'db1', address: '192.0.2.11', groups: ['database'] }
const db2 = { name: 'db2', address: '192.0.2.12', groups: ['database'] }
const around = { hosts: [db1, db2] }
const problemsOf = (variables: unknown) =>
  mysql(variables as Input).problems.map(({ path, message }) => `${path}: ${message}`)
const titlesOf = (variables: Input, surroundings: CaseSurroundings) =>
  tasksOf(mysql(variables), surroundings).map(({ title }) => title)

describe('bad variables', () => {
  it.each<[string, unknown, string[]]>([
    ['no primary', {}, ['primary: is missing; expected string']],
    [
      'a misspelt name',
      { primary: 'a', maxConnection: 1 },
      ['maxConnection: is not known here; did you mean maxConnections?'],
    ],
    ['a size', { primary: 'a', bufferPoolSize: '1 GB' }, ['bufferPoolSize: must be a size such as 64M or 2G']],
    [
      'being writable by a setting',
      { primary: 'a', settings: { super_read_only: false } },
      ['settings.super_read_only: is decided by mysql-writable.service'],
    ],
    [
      'a setting with another name',
      { primary: 'a', settings: { 'sql-mode': '' } },
      ['settings.sql-mode: must be the name of a setting with _, not -'],
    ],
    [
      'a setting that would begin another',
      { primary: 'a', settings: { sql_mode: 'A\nserver_id=1' } },
      ['settings.sql_mode: must be one line'],
    ],
    [
      'a password in clear',
      { primary: 'a', replication: { password: 'x' } },
      [
        "replication.password: is a secret and must not stand in clear, where everyone who reads the inventory sees it; give secret('…') for one of the encrypted file, or secretFromEnvironment, secretFromCommand, promptedSecret",
      ],
    ],
    [
      'half a certificate',
      { primary: 'a', tls: { certificate: '/a' } },
      ['tls: must be { authority: secret(…) }, or the paths { certificate, key, authorityPath }'],
    ],
  ])('%s', (_name, variables, problems) => {
    expect(problemsOf(variables)).toEqual(problems)
  })
})

describe('an inventory that cannot be', () => {
  it.each<[string, Input, CaseSurroundings, RegExp]>([
    [
      'a primary that is no database host',
      { ...whole, primary: 'web9' },
      around,
      /primary is none of the database hosts: web9 is not in the group database/,
    ],
    ['replicas without a user', { primary: 'db1', tls }, around, /Replicas need a user to come as/],
    [
      'replicas without certificates',
      { primary: 'db1', replication: { password } },
      around,
      /Replicas check the certificate of their source/,
    ],
    [
      'one server id for two, as given',
      { ...whole, serverIds: { db1: 7, db2: 7 } },
      around,
      /two database servers have one server id: db1 and db2 have 7/i,
    ],
    [
      'one server id for two, by address',
      { ...whole, serverIds: { db2: 3_221_225_995 } },
      around,
      /db1 and db2 have 3221225995/,
    ],
    [
      'a release without that server',
      { ...whole, flavor: 'mysql' },
      around,
      /db1 has Debian GNU\/Linux 13 \(trixie\), which does not come with mysql/,
    ],
  ])('%s', (_name, variables, surroundings, message) => {
    expect(() => tasksOf(mysql(variables), surroundings)).toThrow(message)
  })

  it('may have servers of another repository', () => {
    const variables: Input = { ...whole, flavor: 'mysql', version: '8.4', packages: ['mysql-community-server'] }
    expect(titlesOf(variables, around)).toContain('apt mysql-community-server')
  })
})

describe('who gets what', () => {
  it('the primary databases and users, a replica replication', () => {
    const variables: Input = { ...whole, databases: [{ name: 'notes' }] }
    expect(titlesOf(variables, around)).toEqual(
      expect.arrayContaining(['mysqlDatabase notes', 'mysqlUser replication@%', 'mysql writable']),
    )
    const replica = titlesOf(variables, { hosts: [db2, db1] })
    expect(replica).toContain('mysql replication')
    expect(replica.filter((title) => /mysqlUser|mysqlDatabase|^mysql writable/.test(title))).toEqual([])
  })

  it('one host alone no replication, and no wait for peers', () => {
    expect(titlesOf({ primary: 'db1' }, { hosts: [db1] }).filter((title) => /replication/.test(title))).toEqual([])
  })

  it('opens the server to peers and clients, health to peers and balancers', () => {
    const web1 = { name: 'web1', address: '192.0.2.21', groups: ['web'] }
    const lb1 = { name: 'lb1', address: '192.0.2.31', groups: ['balancer'] }
    const variables: Input = { ...whole, clients: ['web'], clientsFrom: ['10.0.0.0/8'] }
    expect(mysql(variables).opens(contextOf({ hosts: [db1, db2, web1, lb1] }))).toEqual([
      { name: 'mysql', port: 3306, from: ['192.0.2.12', '192.0.2.21', '10.0.0.0/8'] },
      { name: 'mysql health', port: 9200, from: ['192.0.2.12', '192.0.2.31'] },
    ])
  })
})

describe('memory', () => {
  it.each([
    ['10M', 64, 1],
    ['100M', 100, 1],
    ['300M', 256, 1],
    ['1100M', 1024, 1],
    ['3G', 3072, 3],
    ['100G', 102_400, 8],
  ])('of %s is %i MiB in %i', (wanted, mebibytes, instances) => {
    expect(bufferPoolOf(bytesOf(wanted))).toEqual({ bytes: mebibytes * 2 ** 20, instances })
  })
})

describe('transactions', () => {
  it.each([
    ['', 0],
    ['6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-10', 10],
    ['6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-10:12:20-21:tag:1-3,\n7054e1d9-e717-11f1-bd79-ae7a2d86c444:1', 17],
    ['0-3325256715-12', 12],
    ['0-1-12,1-2-30', 42],
  ])('in %j are %i', (set, count) => {
    expect(transactionsBeyond(set)).toBe(count)
  })

  const [one, other] = ['6054e1d9-e717-11f1-bd79-ae7a2d86c444', '7054e1d9-e717-11f1-bd79-ae7a2d86c444']
  it.each([
    [`${one}:1-10`, `${one}:1-10`, 0],
    [`${one}:1-10`, `${one}:1-3:5-6,${other}:1-9`, 5],
    [`${one}:1-10,${other}:4`, `${one}:1-10`, 1],
    [`${one}:1-3:tag:1-2`, `${one}:1-3`, 2],
    ['0-1-42', '0-2-40', 2],
    ['0-1-40', '0-2-42,1-1-3', 0],
  ])('of %j are not in %j: %i', (set, from, count) => {
    expect(transactionsBeyond(set, from)).toBe(count)
  })
})

describe('status', () => {
  const rowOf = (declared: 'primary' | 'replica', stdout: string) =>
    databaseProbe(declared, 9200).parse({ status: 0, stdout })[0]
  const good = (text: string) => ({ text, level: 'good' })

  it('tells a primary, and transactions that go over lines', () => {
    const text = `*************************** 1. row ***************************
     kind: state
  version: 9.7.4-2
is_closed: 0
 executed: 6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-10,
7054e1d9-e717-11f1-bd79-ae7a2d86c444:1-5
*************************** 1. row ***************************
Variable_name: Rpl_semi_sync_source_status
        Value: ON
`
    expect(rowOf('primary', text)).toEqual({
      server: '9.7.4-2',
      role: good('primary'),
      writable: good('yes'),
      source: '-',
      threads: '-',
      lag: '-',
      executed: 15,
      'GTID gap': '-',
      'semi-sync': 'on',
      error: '-',
    })
    expect(rowOf('replica', text)).toMatchObject({
      role: { text: 'primary (declared replica)', level: 'bad' },
      writable: { text: 'yes', level: 'bad' },
    })
  })

  it('tells a replica of MariaDB that is broken', () => {
    const text = `     kind: state
  version: 11.8.6-MariaDB-0+deb13u1 from Debian-log
is_closed: 1
 executed: 0-1-12
                Master_Host: 192.0.2.11
           Slave_IO_Running: Yes
          Slave_SQL_Running: No
      Seconds_Behind_Master: NULL
               Last_IO_Error: 
             Last_SQL_Error: Duplicate entry '1' for key 'PRIMARY'
`
    expect(rowOf('replica', text)).toMatchObject({
      server: '11.8.6-MariaDB',
      role: good('replica'),
      writable: good('no'),
      source: '192.0.2.11',
      threads: { text: 'IO Yes, SQL No', level: 'bad' },
      lag: { text: 'unknown', level: 'bad' },
      executed: 12,
      error: { text: "Duplicate entry '1' for key 'PRIMARY'", level: 'bad' },
    })
  })

  it.each([
    ['0-1-12', good('none')],
    ['0-1-14', '2 to come'],
    ['0-1-10', { text: '2 of its own', level: 'bad' }],
    [undefined, { text: 'unknown: the source says nothing', level: 'warning' }],
  ])('tells how far a replica is from its source at %s', (atSource, gap) => {
    const said = atSource === undefined ? '' : JSON.stringify({ role: 'primary', gtidExecuted: atSource })
    const text = `  version: 11.8.6\nis_closed: 1\n executed: 0-2-12\nMaster_Host: 192.0.2.11\nsource_says: ${said}\n`
    expect(rowOf('replica', text)).toMatchObject({ 'GTID gap': gap })
  })

  it('tells a server that is not there', () => {
    const text =
      "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)\n"
    expect(rowOf('primary', text)).toEqual({
      role: { text: 'unknown (declared primary)', level: 'bad' },
      error: { text: text.trim(), level: 'bad' },
    })
  })
})
