/** What is wrong with a replica, in words: none of it is skipped over or repaired by guessing. */

import { FoobarDeployError } from '../../errors.ts'
import type { Need } from '../../plan/provision.ts'
import { mysqlNeeds } from './client.ts'
import { mysqlDialect } from './dialect.ts'
import { gtidsInWords } from './gtid-set.ts'
import type { MysqlReplica } from './replica.query.ts'
import type { MysqlReplicaDesired } from './replica-schema.ts'
import type { ReplicaStatus } from './replica-status.ts'

/** What to do about a server that cannot go on with what it has. */
export const startOver =
  'Let it copy the primary: `foobar-deploy do mysql rejoin --host NAME` saves what only this server has first.'

/** Throws for a server that must not be made a replica. */
export function refuseToAttach(server: MysqlReplica): void {
  const dialect = mysqlDialect(server.server.version)
  if (server.replicas > 0) {
    throw refusal(
      'mysql-is-source',
      `${server.replicas} server${server.replicas === 1 ? ' replicates' : 's replicate'} from this one`,
      'It is a primary as it stands. Point its replicas to another one first, or correct which host is the primary.',
      // A switchover opens another server first, on another host.
      ['answer replicas'],
    )
  }
  if (server.executed === '' && server.databases.length > 0 && !server.isHalfSeeded) {
    throw refusal(
      'mysql-own-data',
      `${dialect.server} has data of its own without GTIDs, which would be lost: ${server.databases.join(', ')}`,
      'Dump what is needed and drop these databases, or correct which host is the primary.',
    )
  }
}

/** Throws for what cannot be left as it is, whatever the settings are. */
export function refuseToTouch(server: MysqlReplica, status: ReplicaStatus, isSameSource: boolean): void {
  const { readOnlyVariable } = mysqlDialect(server.server.version)
  if (!server.server.isReadOnly) {
    throw refusal(
      'mysql-replica-writable',
      `it replicates from ${nameOf(status)} and is writable (${readOnlyVariable} is OFF)`,
      `If it is to stay a replica: SET GLOBAL ${readOnlyVariable} = ON, there and in its configuration.`,
      mysqlNeeds,
    )
  }
  if (status.sqlError !== '') {
    throw refusal(
      'mysql-replica-broken',
      `a transaction of ${nameOf(status)} could not be executed, and replication stands: ${status.sqlError}`,
      `Nothing is skipped. Repair what stopped it and START REPLICA. Or: ${startOver}`,
    )
  }
  if (!isSameSource) return
  const { source } = server
  if (source?.kind === 'compared' && source.errant !== '') {
    throw refusal(
      'mysql-errant-transactions',
      `it has ${gtidsInWords(source.errant)} that ${nameOf(status)} does not know`,
      `They were written to the replica, which must not be promoted with them. ${startOver}`,
    )
  }
}

/** Throws for a replica that does not get what its source has, though it is set up as desired. */
export function refuseToCallGood(server: MysqlReplica, status: ReplicaStatus, desired: MysqlReplicaDesired): void {
  const needs: Need[] = [...mysqlNeeds, `account ${desired.user}`, `path ${desired.tls.caPath}`]
  if (status.ioError !== '') {
    throw refusal(
      'mysql-replica-broken',
      `it gets nothing from ${nameOf(status)}: ${status.ioError}`,
      connectionHint,
      needs,
    )
  }
  if (isStopped(status)) return
  if (status.io !== 'Yes' || status.lagSeconds === undefined) {
    throw refusal('mysql-replica-broken', `it is still connecting to ${nameOf(status)}`, connectionHint, needs)
  }
  const { source } = server
  if (source?.kind !== 'compared') {
    throw refusal(
      'mysql-source-silent',
      `the host cannot ask ${nameOf(status)} which transactions it has, so nobody knows whether the replica has them: ${source?.reason ?? 'no answer'}`,
      'The user of replication must be able to log in to the source from this host with the client of the server. Then apply again.',
      needs,
    )
  }
  if (source.missing === '') return
  if (source.unreceived !== '') {
    throw refusal(
      'mysql-replica-incomplete',
      `after ten seconds or more it has not received ${gtidsInWords(source.unreceived)} of ${nameOf(status)}`,
      `A replica that was away may need minutes: apply again. If the number does not fall, they will never arrive. Then: ${startOver}`,
    )
  }
  const lagLimitSeconds = desired.lagLimitMs / 1000
  if (status.delaySeconds > 0 && status.lagSeconds <= lagLimitSeconds) return
  throw refusal(
    'mysql-replica-lag',
    status.delaySeconds > 0
      ? `it is ${status.lagSeconds} s behind ${nameOf(status)}; the limit is ${lagLimitSeconds} s`
      : `after ${lagLimitSeconds} s it has not executed ${gtidsInWords(source.missing)} of ${nameOf(status)}`,
    'It may only need time. Look at what it executes: SHOW PROCESSLIST.',
  )
}

/** Whether somebody stopped it: a thread does not run, and there is no error that explains it. */
export function isStopped({ io, sql, ioError, sqlError }: ReplicaStatus): boolean {
  return ioError === '' && sqlError === '' && (io === 'No' || sql === 'No')
}

const connectionHint =
  'Look at the address, the port, the user with its password and grants, and the certificates. If the source no longer has what the replica lacks (error 1236): ' +
  startOver

function nameOf({ host, port }: ReplicaStatus): string {
  return `${host}:${port}`
}

function refusal(code: string, detail: string, hint: string, needs: readonly Need[] = []): FoobarDeployError {
  return new FoobarDeployError('task', code, summaries[code] ?? '', { detail, hint, needs })
}

const summaries: Readonly<Record<string, string>> = {
  'mysql-is-source': 'A server that others replicate from is not made a replica',
  'mysql-own-data': 'A server with data of its own is not made a replica',
  'mysql-replica-writable': 'A replica can be written to',
  'mysql-replica-broken': 'Replication does not work',
  'mysql-errant-transactions': 'A replica has transactions of its own',
  'mysql-source-silent': 'The source of a replica cannot be asked',
  'mysql-replica-incomplete': 'A replica lacks transactions of its source',
  'mysql-replica-lag': 'A replica lags behind',
}
