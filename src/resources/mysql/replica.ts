/** A database server that replicates from another by GTIDs over TLS, seeded with the existing data. */

import { createHash } from 'node:crypto'
import { defineResource } from '../../model/task.ts'
import { type Change, compare } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { attach } from './attach.ts'
import { changeSource, startReplica } from './change-source.ts'
import { mysqlNeeds } from './client.ts'
import { mysqlDialect } from './dialect.ts'
import { type MysqlReplica, mysqlReplica as mysqlReplicaQuery } from './replica.query.ts'
import { isStopped, refuseToAttach, refuseToCallGood, refuseToTouch } from './replica-health.ts'
import { type MysqlReplicaDesired, mysqlReplicaSchema } from './replica-schema.ts'

/** What a replica is set up with, in the words of the changes. */
interface Settings {
  readonly source: string
  readonly user: string
  readonly password: string
  readonly tls: string
  readonly position: string
  readonly reconnectDelayMs: number
  readonly reconnectAttempts?: number
}

interface State {
  readonly server: MysqlReplica
  /** Undefined where it has no source. */
  readonly settings: Settings | undefined
  readonly isRunning: boolean
}

/**
 * Makes the server on the host a replica of another and keeps it one: GTIDs with automatic position, TLS with the source's
 * certificate verified, read-only (`super_read_only`; `read_only` in MariaDB). The default channel is what it is about.
 *
 * An empty server is seeded with a copy, whatever the binary logs of its source could tell: MySQL by the clone plugin, which
 * both servers must have (`plugin_load_add = mysql_clone.so`) and after which systemd starts the server again, MariaDB by a
 * dump. So is one that lacks what its source no longer tells, or what it would skip because it made it itself. A server without
 * any database counts as empty. One with databases and transactions of its own is refused, and so is one that others replicate
 * from. Others go on from where they are.
 *
 * It is good when it executes within `lagLimitMs` all that its source had when it was asked; after a change it has
 * `withinMs`. Of one that is delayed on purpose (`SOURCE_DELAY`) it is the delay that counts. Broken replication, transactions that the source does not know, a lag over the limit and a replica that
 * is writable fail the task, in a plan too, with what the server says; nothing is skipped. Threads that somebody stopped are
 * started.
 *
 * The source is asked what it knows with the replica's own credentials, on the host; where it does not answer, the task fails.
 *
 * @example
 * ```ts
 * import { mysqlReplica, secret } from 'foobar-deploy'
 *
 * mysqlReplica({
 *   source: { host: '198.51.100.11' },
 *   user: 'replication',
 *   password: secret('mysql.replication'),
 *   tls: { caPath: '/etc/mysql/tls/ca.crt' },
 *   lagLimitMs: 30_000,
 * })
 * ```
 */
export const mysqlReplica = defineResource({
  type: 'mysqlReplica',
  schema: mysqlReplicaSchema,
  id: ({ source }: MysqlReplicaDesired) => `of ${source.host}:${source.port}`,
  read: ({ tls, lagLimitMs }: MysqlReplicaDesired) => ({
    answer: mysqlReplicaQuery({ tls, lagLimitSeconds: lagLimitMs / 1000 }),
  }),
  parse: ({ answer }, desired: MysqlReplicaDesired): State | Unavailable => {
    if (answer.kind === 'unreadable') return new Unavailable(answer.reason, answer.hint, mysqlNeeds)
    if (!answer.hasBinaryLog || !answer.hasGtids) {
      return new Unavailable(
        `the server ${answer.hasBinaryLog ? 'has no GTIDs (gtid_mode)' : 'keeps no binary log (log_bin)'}`,
        'Replication needs log_bin and, in MySQL, gtid_mode = ON in the configuration of both servers.',
        mysqlNeeds,
      )
    }
    const { status } = answer
    if (!status) {
      refuseToAttach(answer)
      return { server: answer, settings: undefined, isRunning: false }
    }
    const state: State = { server: answer, settings: settingsOf(answer, desired), isRunning: !isStopped(status) }
    const isSameSource = state.settings?.source === sourceOf(desired)
    refuseToTouch(answer, status, isSameSource)
    if (settingChanges(state, desired).length === 0) refuseToCallGood(answer, status, desired)
    return state
  },
  diff: (current, desired): Change[] => {
    const { server, settings, isRunning } = current
    const isEmpty = !settings && server.executed === ''
    return [
      ...settingChanges(current, desired),
      ...compare({ readOnly: server.server.isReadOnly }, { readOnly: true }, ['readOnly']),
      ...(isEmpty ? [{ key: 'data', from: null, to: 'that of the source' }] : []),
      ...compare({ running: isRunning }, { running: true }, ['running']),
    ]
  },
  provides: () => [],
  *apply(changes, desired: MysqlReplicaDesired, { server }) {
    const has = (key: string) => changes.some((change) => change.key === key)
    if (has('source')) yield attach(server, desired)
    else if (changes.every(({ key }) => key === 'running')) yield startReplica(server, desired)
    else yield changeSource(server, desired)
  },
})

const given = 'as given'

function settingChanges({ server, settings }: State, desired: MysqlReplicaDesired): Change[] {
  const { tls, reconnect } = desired
  const isMysql = mysqlDialect(server.server.version).flavor === 'mysql'
  const wanted: Settings = {
    source: sourceOf(desired),
    user: desired.user,
    password: given,
    tls: `${tls.verify ? 'verified by' : 'any of'} ${tls.caPath}`,
    position: 'automatic',
    reconnectDelayMs: reconnect.delayMs,
    ...(isMysql ? { reconnectAttempts: reconnect.attempts } : {}),
  }
  return compare(settings ?? {}, wanted, Object.keys(wanted) as (keyof Settings)[])
}

function settingsOf({ status }: MysqlReplica, { password }: MysqlReplicaDesired): Settings | undefined {
  if (!status) return undefined
  const { host, port, user, passwordDigest, tls, isAutomatic, retrySeconds, attempts } = status
  const digest = createHash('sha256').update(`${host} ${user} ${password.reveal()}`).digest('hex')
  return {
    source: `${host}:${port}`,
    user,
    password: digest === passwordDigest ? given : 'another',
    tls,
    position: isAutomatic ? 'automatic' : 'by file',
    reconnectDelayMs: retrySeconds * 1000,
    ...(attempts === undefined ? {} : { reconnectAttempts: attempts }),
  }
}

function sourceOf({ source }: MysqlReplicaDesired): string {
  return `${source.host}:${source.port}`
}
