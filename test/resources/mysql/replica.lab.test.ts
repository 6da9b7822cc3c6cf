/** Replication on real servers: attached, seeded, refused, broken, repaired; and no password seen anywhere. */

import { beforeAll, describe, expect, it } from 'vitest'
import { mysqlDatabase, mysqlReplica, mysqlUser, Secret, type TaskList } from '../../../src/index.ts'
import { mysqlDialect } from '../../../src/resources/mysql/dialect.ts'
import { applyOnLab, labFor } from '../../engine/on-lab.ts'
import { mariadbPackages, stackPackages } from '../../roles/stack-packages.ts'
import { testCertificates } from '../certificates/test-certificates.ts'
import { seenSecrets, watchSecrets } from '../secret-watch.ts'
import { comparisonOf, unknownAtSource } from './compared-sets.ts'
import { mariadbSets, mysqlSets } from './gtid-sets.ts'

const addresses = { web1: '198.51.100.11', web2: '198.51.100.12' }
const passwords = { first: 'canary-"replica\'1\\', second: 'canary-replica-2' }
const certificates = testCertificates(addresses)

const servers = {
  'MySQL 9.7': {
    lab: labFor('test-mysql-replica', stackPackages),
    folder: '/etc/mysql/mysql.conf.d',
    service: 'mysql',
    client: 'mysql',
    dialect: mysqlDialect('9.7.4'),
    settings:
      'super_read_only = ON\ngtid_mode = ON\nenforce_gtid_consistency = ON\nmysqlx = OFF\nplugin_load_add = mysql_clone.so',
    open: 'SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF',
    delay: 'CHANGE REPLICATION SOURCE TO SOURCE_DELAY =',
    forget: 'RESET BINARY LOGS AND GTIDS',
    errant: /has 1 transaction \([0-9a-f-]{36}:1\) that 198\.51\.100\.11:3306 does not know/,
    refused: /does not know: 1 in all, [0-9a-f-]{36}:1\n/,
  },
  'MariaDB 11.8': {
    lab: labFor('test-mariadb-replica', mariadbPackages, { suite: 'trixie' }),
    folder: '/etc/mysql/mariadb.conf.d',
    service: 'mariadb',
    client: 'mariadb',
    dialect: mysqlDialect('11.8.6-MariaDB'),
    settings: 'read_only = ON\ngtid_strict_mode = ON\nlog_slave_updates = ON',
    open: 'SET GLOBAL read_only = OFF',
    delay: 'CHANGE MASTER TO MASTER_DELAY =',
    forget: "RESET MASTER; SET GLOBAL gtid_slave_pos = ''",
    errant: /has transactions \(0-2-\d+\) that 198\.51\.100\.11:3306 does not know/,
    refused: /does not know: 0-2-\d+\n/,
  },
} as const

describe.each(Object.entries(servers))('%s', (_name, server) => {
  const { lab, client, dialect } = server

  async function applied(host: 'web1' | 'web2', tasks: TaskList, mode: 'apply' | 'plan' = 'apply') {
    const { result, events } = await applyOnLab(
      lab.inventory((name) => (name === host ? tasks : [])),
      { mode, limit: [host] },
    )
    const recap = result.recap[host] as (typeof result.recap)[string]
    const ended = events.flatMap((event) => (event.type === 'task-finished' ? [event] : []))
    return {
      error: recap.error?.message,
      statuses: ended.map(({ status }) => status),
      keys: ended.flatMap(({ changes = [] }) => changes.map(({ key }) => key)),
      roundTrips: recap.roundTrips,
      told: JSON.stringify(events),
    }
  }

  /** What statements print that are run by hand. */
  async function sql(host: 'web1' | 'web2', statements: string): Promise<string> {
    const { status, stdout } = await lab.script(host, `${client} -N -B 2>&1 <<'END'\n${statements};\nEND\n`)
    if (status !== 0) throw new Error(stdout)
    return stdout.trim()
  }

  const accounts = (password: string) => [
    mysqlDatabase({ name: 'app' }),
    mysqlUser({
      name: 'replication',
      host: '%',
      password: new Secret('replication', password),
      grants: { '*.*': [...dialect.replicaPrivileges] },
      requireTls: true,
    }),
  ]
  const replica = (password: string, more: object = {}) => [
    mysqlReplica({
      source: { host: addresses.web1 },
      user: 'replication',
      password: new Secret('replication', password),
      tls: { caPath: '/etc/mysql/tls/ca.crt' },
      withinMs: 60_000,
      ...more,
    }),
  ]
  const close = `SET GLOBAL ${dialect.readOnlyVariable} = ON`
  const rows = (table = 'app.t') => sql('web2', `SELECT GROUP_CONCAT(i ORDER BY i) FROM ${table}`)

  beforeAll(async () => {
    await Promise.all(
      (['web1', 'web2'] as const).map(async (host, index) => {
        const { certificate, key } = certificates.of[host] as { certificate: string; key: string }
        const { status, stdout } = await lab.script(
          host,
          `mkdir /etc/mysql/tls; cd /etc/mysql/tls
cat >ca.crt <<'END'\n${certificates.authority}END\ncat >server.crt <<'END'\n${certificate}END\ncat >server.key <<'END'\n${key}END
chown -R mysql: . && chmod 600 server.key
cat >${server.folder}/zz-test.cnf <<'END'
[mysqld]
server_id = ${index + 1}
bind_address = 0.0.0.0
skip_name_resolve = ON
log_bin = binlog
relay_log = relay-bin
general_log = ON
general_log_file = general.log
slow_query_log = ON
slow_query_log_file = slow.log
long_query_time = 0
ssl_ca = /etc/mysql/tls/ca.crt
ssl_cert = /etc/mysql/tls/server.crt
ssl_key = /etc/mysql/tls/server.key
innodb_buffer_pool_size = 64M
${server.settings}
END
systemctl restart ${server.service}`,
        )
        expect({ status, stdout }).toMatchObject({ status: 0 })
        await watchSecrets(lab, host, Object.values(passwords))
      }),
    )
    await sql('web1', server.open)
    expect(await applied('web1', accounts(passwords.first))).toMatchObject({ error: undefined })
    await sql('web1', 'CREATE TABLE app.t (i INT PRIMARY KEY); INSERT INTO app.t VALUES (1)')
  })

  it('compares sets of transactions as the toolkit itself does', async () => {
    const sets = { mysql: mysqlSets, mariadb: mariadbSets }[dialect.flavor]
    const printed = await sql('web1', sets.map(([set, other]) => comparisonOf(dialect.flavor, set, other)).join(';\n'))
    const found = printed.split('\n').map((row, index) => [...(sets[index] ?? []), unknownAtSource(row) === '-'])
    expect(found).toEqual(sets.map((one) => [...one, one[2] === 0]))
  })

  it('gets a copy of all rows, also of those that a server with its own id wrote before', async () => {
    // As the address of a lost primary is given to a new host. It would skip these in the binary logs.
    await sql('web1', 'SET GLOBAL server_id = 2')
    await sql('web1', 'CREATE DATABASE old; CREATE TABLE old.t (i INT PRIMARY KEY); INSERT INTO app.t VALUES (2)')
    await sql('web1', 'SET GLOBAL server_id = 1')
    await sql('web1', 'INSERT INTO old.t VALUES (1)')
    const keys = ['source', 'user', 'password', 'tls', 'position', 'reconnectDelayMs', 'data', 'running']
    const plan = await applied('web2', replica(passwords.first), 'plan')
    expect(plan).toMatchObject({ error: undefined, statuses: ['changed'] })
    expect(plan.keys.filter((key) => key !== 'reconnectAttempts')).toEqual(keys)
    expect(await sql('web2', 'SHOW REPLICA STATUS')).toBe('')
    expect((await applied('web2', replica(passwords.first, { seed: 'never' }))).error).toContain(
      'it needs a copy of the data: this server is empty. But seed is never',
    )
    const made = await applied('web2', replica(passwords.first))
    expect(made).toMatchObject({ error: undefined, statuses: ['changed'] })
    expect([await rows(), await rows('old.t')]).toEqual(['1,2', '1'])
    expect(await applied('web2', replica(passwords.first))).toMatchObject({ statuses: ['ok'], roundTrips: 2 })
    expect(await sql('web2', `SELECT @@${dialect.readOnlyVariable}`)).toBe('1')
    for (const password of Object.values(passwords)) expect(made.told).not.toContain(password)
  })

  it('is waited for until it has what its source had', async () => {
    await sql('web2', 'STOP REPLICA')
    await sql('web1', "CREATE TABLE app.many AS SELECT 1 AS i, REPEAT('x', 1000) AS text")
    await sql('web1', Array.from({ length: 13 }, () => 'INSERT INTO app.many SELECT * FROM app.many').join('; '))
    const count = 'SELECT COUNT(*) FROM app.many'
    expect(await applied('web2', replica(passwords.first))).toMatchObject({ error: undefined, keys: ['running'] })
    expect(await sql('web2', count)).toBe(await sql('web1', count))
  })

  it('starts threads that somebody stopped, and no others', async () => {
    await sql('web2', 'STOP REPLICA')
    expect(await applied('web2', replica(passwords.first))).toMatchObject({ error: undefined, keys: ['running'] })
    await sql('web2', 'STOP REPLICA')
    expect(await applied('web2', replica(passwords.first, { reconnect: { delayMs: 3000 } }))).toMatchObject({
      error: undefined,
      keys: ['reconnectDelayMs', 'running'],
    })
    expect(await applied('web2', replica(passwords.first))).toMatchObject({
      error: undefined,
      keys: ['reconnectDelayMs'],
    })
  })

  it('gets another password', async () => {
    expect(await applied('web1', accounts(passwords.second))).toMatchObject({ error: undefined, keys: ['password'] })
    expect(await applied('web2', replica(passwords.second))).toMatchObject({ error: undefined, keys: ['password'] })
    expect(await applied('web2', replica(passwords.second))).toMatchObject({ error: undefined, statuses: ['ok'] })
    expect((await applied('web2', replica('wrong'))).error).toMatch(/gets nothing from 198\.51\.100\.11:3306: error/)
    expect(await applied('web2', replica(passwords.second))).toMatchObject({ error: undefined, keys: ['password'] })
  })

  it('does not take for the source who cannot prove it', async () => {
    const lone = { caPath: `/etc/ssl/certs/ca-certificates.crt` }
    await lab.ssh('web2', `test -e ${lone.caPath} || cp /etc/mysql/tls/server.crt ${lone.caPath}`)
    expect((await applied('web2', replica(passwords.second, { tls: lone }))).error).toMatch(
      /gets nothing from .*(SSL|TLS|certificate)/i,
    )
    expect(await applied('web2', replica(passwords.second))).toMatchObject({ error: undefined, keys: ['tls'] })
  })

  it('is not made of a server that others replicate from', async () => {
    const { error } = await applied('web1', replica(passwords.second, { source: { host: addresses.web2 } }))
    expect(error).toContain('1 server replicates from this one')
  })

  it('tells of a replica that is writable, and leaves it', async () => {
    await sql('web2', server.open)
    const { error } = await applied('web2', replica(passwords.second))
    expect(error).toContain(`is writable (${dialect.readOnlyVariable} is OFF)`)
    expect(await sql('web2', 'SELECT @@read_only')).toBe('0')
    await sql('web2', close)
  })

  it('tells how far it is behind, where that is too much', async () => {
    await sql('web2', `STOP REPLICA; ${server.delay} 60; START REPLICA`)
    await sql('web1', 'INSERT INTO app.t VALUES (3)')
    await expect
      .poll(async () => (await applied('web2', replica(passwords.second, { lagLimitMs: 1000 }), 'plan')).error)
      .toMatch(/it is \d+ s behind 198\.51\.100\.11:3306; the limit is 1 s/)
    await sql('web2', `STOP REPLICA; ${server.delay} 0; START REPLICA`)
    await expect.poll(() => rows()).toBe('1,2,3')
  })

  it('tells of a transaction that could not be executed, and skips nothing', async () => {
    await sql('web2', `${server.open}; SET sql_log_bin = 0; INSERT INTO app.t VALUES (4); ${close}`)
    await sql('web1', 'INSERT INTO app.t VALUES (4), (5)')
    for (const mode of ['plan', 'apply'] as const) {
      await expect
        .poll(async () => (await applied('web2', replica(passwords.second), mode)).error)
        .toMatch(/could not be executed, and replication stands: error 1062: .*Duplicate entry '4'/)
    }
    expect(await rows()).toBe('1,2,3,4')
    await sql('web2', `${server.open}; SET sql_log_bin = 0; DELETE FROM app.t WHERE i = 4; ${close}`)
    expect((await applied('web2', replica(passwords.second), 'plan')).error).toMatch(/error 1062/)
    await sql('web2', 'START REPLICA')
    await expect.poll(() => rows()).toBe('1,2,3,4,5')
    expect(await applied('web2', replica(passwords.second))).toMatchObject({ error: undefined, statuses: ['ok'] })
  })

  // A position of MariaDB passes over what was skipped: there unique server ids are all that helps.
  if (dialect.flavor === 'mysql') {
    it('tells of transactions that it will never get', async () => {
      await sql('web1', 'SET GLOBAL server_id = 2')
      await sql('web1', 'INSERT INTO old.t VALUES (2)')
      await sql('web1', 'SET GLOBAL server_id = 1')
      await sql('web1', 'INSERT INTO old.t VALUES (3)')
      await expect.poll(() => rows('old.t')).toBe('1,3')
      expect((await applied('web2', replica(passwords.second), 'plan')).error).toMatch(
        /after ten seconds or more it has not received 1 transaction \([0-9a-f-]{36}:\d+\) of 198\.51\.100\.11:3306/,
      )
      await sql('web1', 'SET sql_log_bin = 0; DELETE FROM old.t WHERE i = 2')
      const missing = await sql(
        'web1',
        `SELECT GTID_SUBTRACT(@@gtid_executed, '${await sql('web2', 'SELECT @@gtid_executed')}')`,
      )
      await sql('web2', `${server.open}; SET gtid_next = '${missing}'; COMMIT; SET gtid_next = AUTOMATIC; ${close}`)
      expect(await applied('web2', replica(passwords.second))).toMatchObject({ error: undefined, statuses: ['ok'] })
    })
  }

  it('tells of transactions of its own, and is not attached with them', async () => {
    await sql('web2', `${server.open}; CREATE DATABASE own; ${close}`)
    expect((await applied('web2', replica(passwords.second), 'plan')).error).toMatch(server.errant)
    await sql('web2', 'STOP REPLICA; RESET REPLICA ALL')
    expect((await applied('web2', replica(passwords.second))).error).toMatch(server.refused)
    expect(await sql('web2', "SHOW REPLICA STATUS; SHOW DATABASES LIKE 'own'")).toBe('own')
  })

  it('is not made of a server with data that no GTID tells of', async () => {
    await sql('web2', `${server.open}; ${server.forget}; ${close}`)
    expect((await applied('web2', replica(passwords.second), 'plan')).error).toMatch(
      /has data of its own .*: (app, old, own|app, own, old|own, app, old|own, old, app|old, app, own|old, own, app)/,
    )
  })

  it('gets the data that its source holds and no longer tells of', async () => {
    await sql(
      'web2',
      `${server.open}; SET sql_log_bin = 0; DROP DATABASE app; DROP DATABASE old; DROP DATABASE own; ${server.forget}`,
    )
    await sql(
      'web1',
      'CREATE DATABASE `with space`; CREATE TABLE `with space`.t (i INT PRIMARY KEY); INSERT INTO `with space`.t VALUES (7)',
    )
    await sql(
      'web1',
      "CREATE USER other@'%' IDENTIFIED BY 'canary-other'; FLUSH BINARY LOGS; INSERT INTO app.t VALUES (6)",
    )
    const newest = (await sql('web1', 'SHOW BINARY LOGS')).split('\n').at(-1)?.split('\t')[0]
    await expect
      .poll(async () => await sql('web1', `PURGE BINARY LOGS TO '${newest}'; SHOW BINARY LOGS`))
      .not.toContain('\n')
    const refused = await applied('web2', replica(passwords.second, { seed: 'never' }))
    expect(refused.error).toContain('But seed is never')
    const seeded = await applied('web2', replica(passwords.second))
    expect(seeded).toMatchObject({ error: undefined, statuses: ['changed'] })
    // In MariaDB also of servers that wrote long ago.
    const executed = `SELECT @@${dialect.flavor === 'mysql' ? 'gtid_executed' : 'gtid_binlog_state'}`
    expect(await sql('web2', executed)).toBe(await sql('web1', executed))
    expect(await rows()).toBe('1,2,3,4,5,6')
    expect(await rows('`with space`.t')).toBe('7')
    expect(await sql('web2', "SELECT COUNT(*) FROM mysql.user WHERE User = 'other'")).toBe('1')
    expect(await sql('web2', `SELECT @@${dialect.readOnlyVariable}`)).toBe('1')
    expect(await applied('web2', replica(passwords.second))).toMatchObject({ error: undefined, statuses: ['ok'] })
    await sql('web1', 'INSERT INTO app.t VALUES (8)')
    await expect.poll(() => rows()).toBe('1,2,3,4,5,6,8')
  })

  it('takes a former primary back at once, but not with what it wrote later', async () => {
    const back = replica(passwords.second, { source: { host: addresses.web2 } })
    await sql('web1', close)
    await sql('web2', `STOP REPLICA; RESET REPLICA ALL; ${server.open}; INSERT INTO app.t VALUES (9)`)
    expect(await applied('web1', back)).toMatchObject({ error: undefined, statuses: ['changed'] })
    expect(await applied('web1', back)).toMatchObject({ error: undefined, statuses: ['ok'] })
    expect(await sql('web1', 'SELECT MAX(i) FROM app.t')).toBe('9')
    await sql('web1', `STOP REPLICA; RESET REPLICA ALL; ${server.open}; INSERT INTO app.t VALUES (10)`)
    expect((await applied('web1', back)).error).toMatch(
      /this server has transactions that 198\.51\.100\.12:3306 does not know/,
    )
    // It may be in service.
    expect(await sql('web1', 'SELECT @@read_only')).toBe('0')
  })

  it('counts as empty where it has no databases, whatever it executed: its installation was cut off', async () => {
    const back = replica(passwords.second, { source: { host: addresses.web2 } })
    await sql('web1', 'DROP DATABASE app; DROP DATABASE old; DROP DATABASE `with space`')
    expect(await applied('web1', back)).toMatchObject({ error: undefined, statuses: ['changed'] })
    expect(await sql('web1', 'SELECT MAX(i) FROM app.t')).toBe('9')
    expect(await applied('web1', back)).toMatchObject({ error: undefined, statuses: ['ok'] })
  })

  it('shows no password in processes, logs and binary logs of either host', async () => {
    for (const host of ['web1', 'web2'] as const) {
      const logs =
        '/var/lib/mysql/general.log /var/lib/mysql/slow.log /var/lib/mysql/binlog.* /var/lib/mysql/relay-bin.* /var/log/mysql/*'
      const { seen, rounds } = await seenSecrets(lab, host, logs)
      expect({ host, seen }).toEqual({ host, seen: '' })
      expect(rounds).toBeGreaterThan(20)
      expect(await lab.ssh(host, 'grep -c REPLICA /var/lib/mysql/general.log')).not.toBe('0')
    }
  })
})
