/** What the mysql role refuses, what it opens, how memory is cut, and what it makes of a server’s figures. */

import { Secret } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { mysql } from '../../../roles/mysql/role.ts'
import { bufferPoolOf, bytesOf } from '../../../roles/mysql/sizes.ts'
import { databaseProbe } from '../../../roles/mysql/status.ts'
import { transactionsBeyond } from '../../../src/resources/mysql/gtid-set.ts'
import { mariadbSets, mysqlSets, type SetsOfGtids } from '../../resources/mysql/gtid-sets.ts'
import { type CaseHost, type CaseSurroundings, contextOf, tasksOf } from '../role-cases.ts'

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
      'users who could never log in, as the server looks up no names',
      {
        primary: 'a',
        users: [
          { name: 'wordpress', host: 'localhost', password },
          { name: 'byname', host: 'app1.example.com', password },
          { name: 'bygroup', host: '%.example.com', password },
        ],
      },
      [
        "users.0.host: matches only the socket: a program that connects to 127.0.0.1 is rejected. Use host: '127.0.0.1', or socketOnly: true if the user logs in through the socket",
        'users.1.host: is a name, and the server looks up no names (skip_name_resolve): nobody could log in. Use an address, or leave host out to allow the hosts of clients',
        'users.2.host: is a name, and the server looks up no names (skip_name_resolve): nobody could log in. Use an address, or leave host out to allow the hosts of clients',
      ],
    ],
    [
      'users that the role makes itself',
      {
        primary: 'a',
        replication: { password },
        users: ['mysql-health', 'prometheus', 'replication'].map((name) => ({ name, host: '%', password })),
      },
      [0, 1, 2].map((index) => `users.${index}.name: is a user that this role creates itself; choose another name`),
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

describe('users who can log in', () => {
  it.each([
    { name: 'app', host: '192.0.2.%', password },
    { name: 'app', host: '192.0.2.0/255.255.255.0', password },
    { name: 'app', host: '192.0.2.0/24', password },
    { name: 'app', host: '2001:db8::1', password },
    { name: 'app', host: '%', password },
    { name: 'wordpress', host: 'localhost', password, socketOnly: true },
    { name: 'backup', host: 'localhost', plugin: 'auth_socket' },
    { name: 'root', host: '127.0.0.1', password },
    { name: 'root', host: 'localhost', plugin: 'auth_socket' },
    { name: 'old', host: 'app1.example.com', state: 'absent' },
  ])('$name@$host', (user) => {
    expect(problemsOf({ primary: 'a', users: [user] })).toEqual([])
  })

  it('but root by a password is refused, who comes by the socket as the role itself does', () => {
    const users = [{ name: 'root', host: 'localhost', password }]
    const tasks = tasksOf(mysql({ primary: 'db1', users }), { hosts: [db1] })
    expect(tasks.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual([
      expect.stringMatching(/^root@localhost logs in through the socket .* create a user with another name/),
    ])
  })

  it('by name, where the server looks up names', () => {
    const users = [{ name: 'app', host: 'app1.example.com', password }]
    expect(problemsOf({ primary: 'a', users, settings: { skip_name_resolve: false } })).toEqual([])
  })
})

describe('from where accounts may come', () => {
  const web1 = { name: 'web1', address: '192.0.2.21', groups: ['web'] }
  const lb1 = { name: 'lb1', address: '192.0.2.31', groups: ['balancer'] }
  const users = (variables: Input, surroundings: CaseSurroundings) =>
    tasksOf(mysql(variables), surroundings).flatMap(({ title, desired }) =>
      title.startsWith('mysqlUser ')
        ? [`${title}${(desired as { state: string }).state === 'absent' ? ' absent' : ''}`]
        : [],
    )
  const ofApp = (variables: Partial<Input>, surroundings: CaseSurroundings) =>
    users({ ...whole, users: [{ name: 'app', password }], ...variables }, surroundings).filter((title) =>
      / app@/.test(title),
    )

  it('is the addresses of the database hosts for replication, and no longer everywhere', () => {
    const made = [
      'mysqlUser replication@192.0.2.11',
      'mysqlUser replication@192.0.2.12',
      'mysqlUser replication@% absent',
    ]
    expect(users(whole, around).filter((title) => /replication/.test(title))).toEqual(made)
    expect(users({ ...whole, replication: { password, hosts: ['%'] } }, around)).toContain('mysqlUser replication@%')
  })

  it('is the addresses of the clients for users without a host', () => {
    const made = ['mysqlUser app@192.0.2.21', 'mysqlUser app@192.0.2.31', 'mysqlUser app@10.0.0.0/255.0.0.0']
    const surroundings = { hosts: [db1, db2, web1, lb1] }
    expect(ofApp({ clientsFrom: ['10.1.0.0/8'] }, surroundings)).toEqual([...made, 'mysqlUser app@% absent'])
  })

  it('is the host itself where it is a client, or where there is none', () => {
    const both = { hosts: [{ ...db1, groups: ['database', 'web'] }, db2] }
    const absent = 'mysqlUser app@% absent'
    expect(ofApp({}, both)).toEqual(['mysqlUser app@192.0.2.11', 'mysqlUser app@127.0.0.1', absent])
    expect(ofApp({}, around)).toEqual(['mysqlUser app@127.0.0.1', absent])
  })

  it('is what was given where it was given', () => {
    const given = [
      { name: 'app', password },
      { name: 'app', host: '%', password },
      { name: 'app', host: '192.0.2.21', password },
    ]
    const made = ['mysqlUser app@192.0.2.31', 'mysqlUser app@%', 'mysqlUser app@192.0.2.21']
    expect(ofApp({ users: given }, { hosts: [db1, db2, web1, lb1] })).toEqual(made)
  })

  it('is the shortest form of an IPv6 address, which is the one that the server compares', () => {
    const six = { hosts: [{ ...db1, address: '2001:DB8:0:0::11' }, db2] }
    expect(users(whole, six)).toContain('mysqlUser replication@2001:db8::11')
  })

  it('cannot be a name or a network of IPv6', () => {
    const byName = { hosts: [db1, { ...db2, address: 'db2.example.com' }] }
    expect(() => users(whole, byName)).toThrow(
      /db2 has the address db2\.example\.com, and the server looks up no names/,
    )
    expect(() => ofApp({ clientsFrom: ['2001:db8::/32'] }, around)).toThrow(/clientsFrom has 2001:db8::\/32/)
  })
})

describe('who gets what', () => {
  it('the primary databases and users, a replica replication', () => {
    const variables: Input = { ...whole, databases: [{ name: 'notes' }] }
    expect(titlesOf(variables, around)).toEqual(
      expect.arrayContaining(['mysqlDatabase notes', 'mysqlUser replication@192.0.2.12', 'mysql writable']),
    )
    const replica = titlesOf(variables, { hosts: [db2, db1] })
    expect(replica).toContain('mysql replication')
    expect(replica.filter((title) => /mysqlUser|mysqlDatabase|^mysql writable/.test(title))).toEqual([])
  })

  it('a replica no unit that stays failed: its alert would never end', () => {
    const resetOn = (hosts: readonly CaseHost[]) =>
      tasksOf(mysql(whole), { hosts }).find(({ title }) => title === 'reset mysql-writable')?.desired
    expect(resetOn([db1, db2])).toBeUndefined()
    expect(resetOn([db2, db1])).toMatchObject({
      run: { script: 'systemctl reset-failed mysql-writable.service' },
      unless: '! systemctl is-failed --quiet mysql-writable.service',
    })
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
    ['6054e1d9-e717-11f1-bd79-ae7a2d86c444:50-120,6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-90:121', 121],
    ['0-3325256715-12', 12],
    ['0-1-12,1-2-30', 42],
    ['0-1-30,0-2-50', 50],
  ])('in %j are %i', (set, count) => {
    expect(transactionsBeyond(set)).toBe(count)
  })

  it.each<SetsOfGtids>([...mysqlSets, ...mariadbSets])('of %j are not in %j: %i', (set, from, count) => {
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
      role: { text: 'primary (should be replica)', level: 'bad' },
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
    ['0-1-14', { text: '2 missing, 2 not received', level: 'bad' }],
    ['0-1-10', { text: '2 of its own', level: 'bad' }],
    // Numbers of another server say nothing.
    ['0-2-12', { text: '12 of its own', level: 'bad' }],
    [undefined, { text: 'unknown: the source does not answer', level: 'warning' }],
  ])('tells how far a replica is from its source at %s', (atSource, gap) => {
    const said = atSource === undefined ? '' : JSON.stringify({ role: 'primary', gtidExecuted: atSource })
    const text = `  version: 11.8.6\nis_closed: 1\n executed: 0-1-12\nMaster_Host: 192.0.2.11\nsource_says: ${said}\n`
    expect(rowOf('replica', text)).toMatchObject({ 'GTID gap': gap })
  })

  it('tells a server that is not there', () => {
    const text =
      "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)\n"
    expect(rowOf('primary', text)).toEqual({
      role: { text: 'unknown (should be primary)', level: 'bad' },
      error: { text: text.trim(), level: 'bad' },
    })
  })
})
