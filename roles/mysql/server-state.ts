/** What the database server of a host says of itself: a fact, gathered before anything else. */

import { defineFact, type Host, sh } from 'foobar-deploy'

/** A server that answers. */
export interface ServerState {
  readonly kind: 'server'
  readonly flavor: 'mysql' | 'mariadb'
  readonly version: string
  readonly isWritable: boolean
  /** The transactions that it has executed, as the server writes sets. */
  readonly executed: string
  /** The replication that it is set up for; undefined on a server that replicates from none. */
  readonly replication: Replication | undefined
  /** Whether a commit waits for a replica, or on a replica, whether it acknowledges commits. */
  readonly isSemiSync: boolean
  /** Names of the files in which mysql-writable keeps what it knows. */
  readonly marks: readonly string[]
}

/** How a replica replicates. */
export interface Replication {
  /** The address of its source. */
  readonly source: string
  readonly isReceiving: boolean
  readonly isApplying: boolean
  /** The transactions that it has received: on MySQL since it was set up, on MariaDB the last ones. */
  readonly received: string
  readonly lagSeconds: number | undefined
  readonly error: string
}

/** What is known of the server of a host. */
export type DatabaseServer =
  | ServerState
  /** It is not installed. */
  | { readonly kind: 'none' }
  /** It is installed and does not answer. */
  | { readonly kind: 'silent'; readonly reason: string }

/** What a server is asked, in one call of its client, with `-E`. */
export const stateStatements = `SELECT 'state' AS kind, @@version AS version, @@global.read_only AS is_closed,
/*!80000 @@global.gtid_executed *//*M! CONCAT_WS(',', NULLIF(@@global.gtid_binlog_state, ''), NULLIF(@@global.gtid_slave_pos, '')) */ AS executed;
SHOW REPLICA STATUS;
SHOW GLOBAL STATUS WHERE Variable_name IN ('Rpl_semi_sync_source_status', 'Rpl_semi_sync_replica_status',
'Rpl_semi_sync_master_status', 'Rpl_semi_sync_slave_status')`

/** The fact. Only root may ask the server; for anyone else it is silent. */
export const databaseServer = defineFact<DatabaseServer>({
  name: 'databaseServer',
  script: sh`client=mysql; command -v mariadb >/dev/null && client=mariadb
if [ -S /run/mysqld/mysqld.sock ]; then
  timeout 10 "$client" --no-defaults --connect-timeout=5 -E -e ${stateStatements} 2>&1
  for mark in /var/lib/mysql-writable/*; do [ -e "$mark" ] && printf 'mark_is: %s\\n' "\${mark##*/}"; done
elif [ -d /var/lib/mysql ]; then echo 'no socket'
else echo none
fi; :`,
  parse: serverIn,
  assumed: { kind: 'none' },
})

/** The server of a host; one of a host that was not reached is silent. */
export function serverOf(host: Host): DatabaseServer {
  return host.reached ? databaseServer.of(host) : { kind: 'silent', reason: 'the host cannot be reached' }
}

function serverIn(text: string): DatabaseServer {
  if (text.trim() === 'none') return { kind: 'none' }
  const values = valuesIn(text)
  const value = (...names: readonly string[]) => names.map((name) => values.get(name)).find((one) => one !== undefined)
  const version = value('version')
  if (version === undefined) return { kind: 'silent', reason: text.trim().split('\n').at(-1) ?? '' }
  const source = value('Source_Host', 'Master_Host')
  const semiSync = source ? ['replica', 'slave'] : ['source', 'master']
  const lag = value('Seconds_Behind_Source', 'Seconds_Behind_Master')
  return {
    kind: 'server',
    flavor: version.includes('MariaDB') ? 'mariadb' : 'mysql',
    version,
    // MariaDB 12 has words for it.
    isWritable: ['0', 'OFF'].includes(value('is_closed') ?? ''),
    executed: value('executed') ?? '',
    replication: source
      ? {
          source,
          isReceiving: value('Replica_IO_Running', 'Slave_IO_Running') === 'Yes',
          isApplying: value('Replica_SQL_Running', 'Slave_SQL_Running') === 'Yes',
          received: value('Retrieved_Gtid_Set', 'Gtid_IO_Pos') ?? '',
          lagSeconds: lag === undefined || lag === 'NULL' ? undefined : Number(lag),
          error: value('Last_SQL_Error') || value('Last_IO_Error') || '',
        }
      : undefined,
    isSemiSync: value(...semiSync.map((side) => `Rpl_semi_sync_${side}_status`)) === 'ON',
    marks: [...text.matchAll(/^mark_is: (.+)$/gm)].map(([, mark]) => mark as string),
  }
}

const isSet = /^(executed|executed_later|received_later|missing_later|Retrieved_Gtid_Set)$/

/** The values by name. Columns are right-aligned; a set of transactions goes on over lines. */
export function valuesIn(text: string): Map<string, string> {
  const values = new Map<string, string>()
  let last = ''
  let named = ''
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^ *(\w+): ?(.*)$/.exec(line) ?? []
    if (name === undefined) {
      if (isSet.test(last) && !line.startsWith('*')) values.set(last, `${values.get(last)}${line}`)
    } else if (name === 'Variable_name') named = value
    else if (name === 'Value') values.set(named, value)
    else if (!values.has(name)) values.set(name, value)
    last = name ?? last
  }
  return values
}
