/** In what the five servers differ, as data. */

import { mysqlDialect } from 'foobar-deploy/mysql'
import { describe, expect, it } from 'vitest'

const versions = {
  'MySQL 8.0': '8.0.36-0ubuntu0.22.04.1',
  'MySQL 8.4': '8.4.4',
  'MySQL 9.7': '9.7.4-2',
  'MariaDB 10.11': '10.11.11-MariaDB-0+deb12u1',
  'MariaDB 11.8': '11.8.6-MariaDB-0+deb13u1 from Debian',
}

const rows = {
  'MySQL 8.0': [
    'MySQL 8.0.36',
    'SHOW MASTER STATUS',
    'RESET MASTER',
    'SHOW REPLICAS',
    'Source',
    'super_read_only',
    'caching_sha2_password mysql_native_password',
    'auth_socket',
    'clone',
  ],
  'MySQL 8.4': [
    'MySQL 8.4.4',
    'SHOW BINARY LOG STATUS',
    'RESET BINARY LOGS AND GTIDS',
    'SHOW REPLICAS',
    'Source',
    'super_read_only',
    'caching_sha2_password mysql_native_password',
    'auth_socket',
    'clone',
  ],
  'MySQL 9.7': [
    'MySQL 9.7.4',
    'SHOW BINARY LOG STATUS',
    'RESET BINARY LOGS AND GTIDS',
    'SHOW REPLICAS',
    'Source',
    'super_read_only',
    'caching_sha2_password',
    'auth_socket',
    'clone',
  ],
  'MariaDB 10.11': [
    'MariaDB 10.11.11',
    'SHOW BINLOG STATUS',
    'RESET MASTER',
    'SHOW REPLICA HOSTS',
    'Master',
    'read_only',
    'mysql_native_password ed25519',
    'unix_socket',
    'dump',
  ],
  'MariaDB 11.8': [
    'MariaDB 11.8.6',
    'SHOW BINLOG STATUS',
    'RESET MASTER',
    'SHOW REPLICA HOSTS',
    'Master',
    'read_only',
    'mysql_native_password ed25519',
    'unix_socket',
    'dump',
  ],
}

describe('a dialect', () => {
  it.each(Object.entries(versions))('of %s', (name, version) => {
    const { server, isSupported, statements, columns, ...rest } = mysqlDialect(version)
    expect(isSupported).toBe(true)
    expect([
      server,
      statements.showBinaryLog,
      statements.resetBinaryLogs,
      statements.showReplicas,
      columns.source,
      rest.readOnlyVariable,
      rest.passwordPlugins.join(' '),
      rest.socketPlugin,
      rest.seeding,
    ]).toEqual(rows[name as keyof typeof rows])
    expect(statements).toMatchObject({ showReplica: 'SHOW REPLICA STATUS', startReplica: 'START REPLICA' })
  })

  it.each([
    ['8.0.22', false],
    ['8.0.23', true],
    ['5.7.44-log', false],
    ['10.6.21-MariaDB', false],
    ['5.5.5-10.11.6-MariaDB-log', true],
    ['9.0.1', true],
    ['', false],
  ])('of %s is supported: %s', (version, isSupported) => {
    expect(mysqlDialect(version).isSupported).toBe(isSupported)
  })
})
