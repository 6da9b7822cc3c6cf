/** How a replica is told its source, started, and waited for. */

import { type Command, withInput } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { mysqlClientFunction } from './client.ts'
import { mysqlDialect } from './dialect.ts'
import type { MysqlReplica } from './replica.query.ts'
import type { MysqlReplicaDesired } from './replica-schema.ts'
import { unlogged } from './run.ts'
import { sqlText } from './text.ts'

/** Gives a replica other settings for the source that it has. */
export function changeSource(server: MysqlReplica, desired: MysqlReplicaDesired): Command {
  const { startReplica, stopReplica } = mysqlDialect(server.server.version).statements
  const settings = sourceSettings(server, desired, passwordLiteral(desired)).filter(
    ([name]) => !/_(HOST|PORT)$/.test(name),
  )
  const statements = [...secretSession, stopReplica, changeStatement(server, settings), startReplica]
  const text = statements.map((statement) => `${statement};\n`).join('')
  return withInput(carriedOut(desired), new Secret('statements', Buffer.from(text)))
}

/** Starts threads that were stopped. */
export function startReplica(server: MysqlReplica, desired: MysqlReplicaDesired): Command {
  return withInput(carriedOut(desired), `${mysqlDialect(server.server.version).statements.startReplica};\n`)
}

/** What a session that holds a password begins with: it is logged nowhere, and literals mean the same on every server. */
export const secretSession = [unlogged, "SET SESSION sql_mode = ''"]

/** The password as SQL takes it in such a session. */
export function passwordLiteral({ password }: MysqlReplicaDesired): string {
  return `'${password.reveal().replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** Names and values of what a replica is to know of its source; the password may be a variable of the shell. */
export function sourceSettings(
  { server, executed }: MysqlReplica,
  { source, user, tls, retrySeconds, attempts }: MysqlReplicaDesired,
  password: string,
): [name: string, value: string][] {
  const { flavor, columns } = mysqlDialect(server.version)
  const side = columns.source.toUpperCase()
  const own: Record<typeof flavor, [string, string][]> = {
    mysql: [
      ['SOURCE_AUTO_POSITION', '1'],
      ['SOURCE_RETRY_COUNT', String(attempts)],
    ],
    // What a former primary wrote counts as received.
    mariadb: [
      ['MASTER_USE_GTID', 'slave_pos'],
      ...(executed === '' ? [] : [['MASTER_DEMOTE_TO_SLAVE', '1'] as [string, string]]),
    ],
  }
  return [
    [`${side}_HOST`, sqlText(source.host)],
    [`${side}_PORT`, String(source.port)],
    [`${side}_USER`, sqlText(user)],
    [`${side}_PASSWORD`, password],
    [`${side}_SSL`, '1'],
    [`${side}_SSL_CA`, sqlText(tls.caPath)],
    [`${side}_SSL_VERIFY_SERVER_CERT`, tls.verify ? '1' : '0'],
    [`${side}_CONNECT_RETRY`, String(retrySeconds)],
    ...own[flavor],
  ]
}

/** The statement that says them. */
export function changeStatement({ server }: MysqlReplica, settings: readonly (readonly [string, string])[]): string {
  const words = mysqlDialect(server.version).flavor === 'mysql' ? 'CHANGE REPLICATION SOURCE TO' : 'CHANGE MASTER TO'
  return `${words} ${settings.map(([name, value]) => `${name} = ${value}`).join(', ')}`
}

/** Defines `now`, which sets `up` to the seconds since the host's boot: a builtin, and nobody sets that clock. */
export const nowFunction = `now() { read -r up _ </proc/uptime; up=\${up%.*}; }`

/**
 * Waits until replication runs and has caught up, or cannot go on. It says nothing: the state is read afterwards, and judged.
 * A source that cannot be reached is given ten seconds, because it may just be restarting.
 */
export function waitForReplica({ lagLimitSeconds, withinMs }: MysqlReplicaDesired): string {
  return `now
end=$((up + ${Math.ceil(withinMs / 1000)})) patience=$((up + 10))
while :; do
  is=$(printf 'SHOW REPLICA STATUS' | client --vertical --column-names | awk -F ': ' '
    $1 ~ /_IO_Running$/ { io = $2 }
    $1 ~ /_SQL_Running$/ { sql = $2 }
    $1 ~ /Last_IO_Errno$/ { refused = $2 }
    $1 ~ /Last_SQL_Errno$/ { broken = $2 }
    $1 ~ /Seconds_Behind_/ { lag = $2 }
    END {
      if (io == "No" || broken > 0) print "over"
      else if (io == "Yes" && sql == "Yes" && lag ~ /^[0-9]+$/ && lag + 0 <= ${lagLimitSeconds}) print "over"
      else if (refused == 2002 || refused == 2003 || refused == 2006 || refused == 2013) print "away"
      else if (refused > 0) print "over"
    }')
  now
  case $is in over) break ;; away) [ "$up" -lt "$patience" ] || break ;; *) [ "$up" -lt "$end" ] || break ;; esac
  sleep 0.3
done`
}

function carriedOut(desired: MysqlReplicaDesired): Command {
  return {
    kind: 'command',
    script: `(
${mysqlClientFunction}
${nowFunction}
client || exit
${waitForReplica(desired)}
)`,
  }
}
