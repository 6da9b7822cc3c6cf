/** The settings of the server’s configuration file, in the words of its flavor and version. */

import type { Host } from 'foobar-deploy'
import { isAtLeast, type Release } from './releases.ts'
import { bufferPoolOf, bytesOf } from './sizes.ts'
import type { TlsFiles } from './tls.ts'
import type { MysqlVariables } from './variables.ts'

type Value = string | number | boolean

/** Settings that belong together, by name, in the order in which they are written. */
export interface SettingGroup {
  readonly title: string
  readonly settings: readonly (readonly [name: string, value: string])[]
}

/** What the settings depend on beside the variables. */
export interface SettingSources {
  readonly vars: MysqlVariables
  readonly host: Host
  readonly release: Release
  readonly serverId: number | undefined
  readonly tls: TlsFiles | undefined
}

/** All settings of the file, each once; what is undefined is left to the server. */
export function settingsOf(sources: SettingSources): SettingGroup[] {
  const own = Object.keys(sources.vars.settings)
  const groups = ownSettings(sources).map(({ title, settings }) => ({
    title,
    settings: settings.filter(([name]) => !own.includes(name)),
  }))
  return [...groups, ...(own.length > 0 ? [group('Said by settings', sources.vars.settings)] : [])]
}

function ownSettings(sources: SettingSources): SettingGroup[] {
  const { vars, host, release } = sources
  const isMysql = release.flavor === 'mysql'
  return [
    group('Where it listens', {
      bind_address: (vars.bindAddresses ?? ['127.0.0.1', host.address]).join(','),
      port: vars.port,
      mysqlx: isMysql ? vars.xProtocol : undefined,
      skip_name_resolve: true,
      max_connections: vars.maxConnections,
      max_allowed_packet: bytesOf(vars.maxAllowedPacket),
      local_infile: vars.localInfile,
      ...tlsSettings(sources),
    }),
    group('Never writable by itself: mysql-writable.service asks the peers first', {
      [isMysql ? 'super_read_only' : 'read_only']: true,
    }),
    group('Replication', replicationSettings(sources)),
    ...(vars.semiSync ? [group('Semi-synchronous replication', semiSyncSettings(vars.semiSync, isMysql))] : []),
    group('Durability and memory', memorySettings(sources)),
    group('Logs', {
      slow_query_log: vars.slowQuerySeconds > 0,
      long_query_time: vars.slowQuerySeconds > 0 ? vars.slowQuerySeconds : undefined,
      slow_query_log_file: vars.slowQuerySeconds > 0 ? vars.slowQueryLog : undefined,
    }),
  ]
}

function replicationSettings({ vars, release, serverId }: SettingSources): Record<string, Value | undefined> {
  const isMysql = release.flavor === 'mysql'
  // With mysql_clone a new replica gets the data that is there already.
  const plugins = ['mysql_clone.so', ...(vars.semiSync ? ['semisync_source.so', 'semisync_replica.so'] : [])]
  return {
    server_id: serverId,
    log_bin: 'binlog',
    binlog_format: 'ROW',
    binlog_expire_logs_seconds: vars.binlogExpireSeconds,
    sync_binlog: 1,
    ...(isMysql ? { gtid_mode: true, enforce_gtid_consistency: true } : { gtid_strict_mode: true }),
    [isMysql ? 'log_replica_updates' : 'log_slave_updates']: true,
    // By default it holds the host’s name, and a renamed host would not find its own.
    relay_log: 'relay-bin',
    relay_log_recovery: true,
    plugin_load_add: isMysql ? plugins.join(';') : undefined,
    [isMysql ? 'replica_parallel_workers' : 'slave_parallel_threads']: vars.replicaWorkers,
  }
}

function semiSyncSettings(
  { timeoutSeconds, waitForReplicas }: Exclude<MysqlVariables['semiSync'], false>,
  isMysql: boolean,
): Record<string, Value | undefined> {
  const [source, replica] = isMysql ? ['source', 'replica'] : ['master', 'slave']
  return {
    [`rpl_semi_sync_${source}_enabled`]: true,
    [`rpl_semi_sync_${replica}_enabled`]: true,
    [`rpl_semi_sync_${source}_wait_point`]: 'AFTER_SYNC',
    [`rpl_semi_sync_${source}_timeout`]: Math.ceil(timeoutSeconds * 1000),
    // MariaDB waits for one.
    rpl_semi_sync_source_wait_for_replica_count: isMysql ? waitForReplicas : undefined,
  }
}

function memorySettings({ vars, host, release }: SettingSources): Record<string, Value | undefined> {
  const isMysql = release.flavor === 'mysql'
  const wanted = vars.bufferPoolSize ? bytesOf(vars.bufferPoolSize) : host.facts.memoryBytes * vars.bufferPoolShare
  const { bytes, instances } = bufferPoolOf(wanted)
  return {
    innodb_flush_log_at_trx_commit: 1,
    innodb_buffer_pool_size: bytes,
    innodb_buffer_pool_instances: isMysql ? instances : undefined,
    [isMysql ? 'innodb_redo_log_capacity' : 'innodb_log_file_size']: bytesOf(vars.redoLogSize),
    performance_schema: vars.performanceSchema,
  }
}

function tlsSettings({ vars, tls, release }: SettingSources): Record<string, Value | undefined> {
  // Releases before that may be talked into older protocols.
  const isModern = release.flavor === 'mysql' || isAtLeast(release.version, '11.4')
  // MySQL and later releases of MariaDB make a certificate of their own; a server without any would refuse everybody.
  const hasTls = tls !== undefined || isModern
  return {
    require_secure_transport: vars.requireSecureTransport ?? hasTls,
    tls_version: isModern ? undefined : 'TLSv1.2,TLSv1.3',
    ...(tls ? { ssl_ca: tls.authority, ssl_cert: tls.certificate, ssl_key: tls.key } : {}),
  }
}

function group(title: string, settings: Readonly<Record<string, Value | undefined>>): SettingGroup {
  const given = Object.entries(settings).filter((entry): entry is [string, Value] => entry[1] !== undefined)
  return { title, settings: given.map(([name, value]) => [name, textOf(value)]) }
}

function textOf(value: Value): string {
  return typeof value === 'boolean' ? (value ? 'ON' : 'OFF') : String(value)
}
