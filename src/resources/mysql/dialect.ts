/** In what MySQL 8.0, 8.4, 9.x and MariaDB 10.11, 11.8 differ: the one place that knows, by the version that the server tells. */

/** The two families of servers. */
export type MysqlFlavor = 'mysql' | 'mariadb'

/** What a server speaks. */
export interface MysqlDialect {
  readonly flavor: MysqlFlavor
  /** In short, for messages: `MySQL 9.7.4`. */
  readonly server: string
  /** Whether it is among the servers for which this is written: MySQL 8.0.23 or later, MariaDB 10.11 or later. */
  readonly isSupported: boolean
  /** Statements that differ. */
  readonly statements: {
    readonly showReplica: string
    readonly showReplicas: string
    readonly showBinaryLog: string
    readonly resetBinaryLogs: string
    readonly startReplica: string
    readonly stopReplica: string
    readonly forgetSource: string
  }
  /** What stands before the names of columns about the one side and the other: `Source_Host`, `Replica_IO_Running`. */
  readonly columns: {
    readonly source: 'Source' | 'Master'
    readonly replica: 'Replica' | 'Slave'
    readonly lag: string
  }
  /** The strictest switch against writes that there is. */
  readonly readOnlyVariable: 'super_read_only' | 'read_only'
  /** How a login with a password is proven, first the one that is taken unless another is asked for. */
  readonly passwordPlugins: readonly PasswordPlugin[]
  /** What lets an account of the host in by the socket, without a password. */
  readonly socketPlugin: 'auth_socket' | 'unix_socket'
  /** How `CREATE USER` names a plugin, and what it takes with it. */
  readonly identified: { readonly by: 'IDENTIFIED WITH' | 'IDENTIFIED VIA'; readonly using: 'AS' | 'USING' }
  /** What a user must be allowed on `*.*` for `mysqlReplica`: replicating, and seeding a replica. */
  readonly replicaPrivileges: readonly string[]
  /** How a new replica gets the data that its source holds already. */
  readonly seeding: 'clone' | 'dump'
  /** Names of privileges that the server takes and shows as others. */
  readonly privilegeAliases: Readonly<Record<string, string>>
}

/** A plugin that proves a login by a password. */
export type PasswordPlugin = 'caching_sha2_password' | 'mysql_native_password' | 'ed25519'

/**
 * What the server of this version speaks; `version` is as `SELECT VERSION()` tells it.
 *
 * @example
 * ```ts
 * import { mysqlDialect } from 'foobar-deploy/mysql'
 *
 * mysqlDialect('9.7.4-2').statements.showBinaryLog // SHOW BINARY LOG STATUS
 * mysqlDialect('11.8.6-MariaDB-0+deb13u1').readOnlyVariable // read_only
 * ```
 */
export function mysqlDialect(version: string): MysqlDialect {
  // MariaDB puts 5.5.5- before its own version where it speaks to old replicas.
  const [, major = '0', minor = '0', patch = '0'] = /^(?:5\.5\.5-)?(\d+)\.(\d+)\.?(\d+)?/.exec(version) ?? []
  const number = `${major}.${minor}.${patch}`
  const isAtLeast = (...wanted: readonly [number, number, number]) =>
    compareParts([Number(major), Number(minor), Number(patch)], wanted) >= 0
  return /mariadb/i.test(version)
    ? { ...mariadb, server: `MariaDB ${number}`, isSupported: isAtLeast(10, 11, 0) }
    : {
        ...mysql,
        server: `MySQL ${number}`,
        isSupported: isAtLeast(8, 0, 23),
        passwordPlugins: isAtLeast(9, 0, 0) ? ['caching_sha2_password'] : mysql.passwordPlugins,
        statements: { ...mysql.statements, ...(isAtLeast(8, 2, 0) ? {} : before82) },
      }
}

const shared: Pick<MysqlDialect['statements'], 'showReplica' | 'startReplica' | 'stopReplica' | 'forgetSource'> = {
  showReplica: 'SHOW REPLICA STATUS',
  startReplica: 'START REPLICA',
  stopReplica: 'STOP REPLICA',
  forgetSource: 'RESET REPLICA ALL',
}

const before82 = { showBinaryLog: 'SHOW MASTER STATUS', resetBinaryLogs: 'RESET MASTER' }

const mysql: Omit<MysqlDialect, 'server' | 'isSupported'> = {
  flavor: 'mysql',
  statements: {
    ...shared,
    showReplicas: 'SHOW REPLICAS',
    showBinaryLog: 'SHOW BINARY LOG STATUS',
    resetBinaryLogs: 'RESET BINARY LOGS AND GTIDS',
  },
  columns: { source: 'Source', replica: 'Replica', lag: 'Seconds_Behind_Source' },
  readOnlyVariable: 'super_read_only',
  passwordPlugins: ['caching_sha2_password', 'mysql_native_password'],
  socketPlugin: 'auth_socket',
  identified: { by: 'IDENTIFIED WITH', using: 'AS' },
  replicaPrivileges: ['REPLICATION SLAVE', 'BACKUP_ADMIN'],
  seeding: 'clone',
  privilegeAliases: {},
}

const mariadb: Omit<MysqlDialect, 'server' | 'isSupported'> = {
  flavor: 'mariadb',
  statements: {
    ...shared,
    showReplicas: 'SHOW REPLICA HOSTS',
    showBinaryLog: 'SHOW BINLOG STATUS',
    resetBinaryLogs: 'RESET MASTER',
  },
  columns: { source: 'Master', replica: 'Slave', lag: 'Seconds_Behind_Master' },
  readOnlyVariable: 'read_only',
  passwordPlugins: ['mysql_native_password', 'ed25519'],
  socketPlugin: 'unix_socket',
  identified: { by: 'IDENTIFIED VIA', using: 'USING' },
  replicaPrivileges: [
    'REPLICATION SLAVE',
    'BINLOG MONITOR',
    'SELECT',
    'SHOW VIEW',
    'TRIGGER',
    'EVENT',
    'LOCK TABLES',
    'RELOAD',
    'SHOW DATABASES',
  ],
  seeding: 'dump',
  privilegeAliases: {
    'REPLICATION CLIENT': 'BINLOG MONITOR',
    'REPLICATION REPLICA': 'REPLICATION SLAVE',
    'REPLICATION REPLICA ADMIN': 'REPLICATION SLAVE ADMIN',
    'REPLICA MONITOR': 'SLAVE MONITOR',
    'DELETE VERSIONING ROWS': 'DELETE HISTORY',
  },
}

function compareParts(left: readonly number[], right: readonly number[]): number {
  const differing = left.findIndex((part, index) => part !== right[index])
  return differing < 0 ? 0 : (left[differing] ?? 0) - (right[differing] ?? 0)
}
