/** How a replica is told its source, started, and waited for. */

import { type Command, withInput } from '../../shell/command.ts'
import { quote } from '../../shell/quote.ts'
import { Secret } from '../../shell/secret.ts'
import { mysqlClientFunction } from './client.ts'
import { mysqlDialect } from './dialect.ts'
import type { MysqlReplica } from './replica.query.ts'
import type { MysqlReplicaDesired } from './replica-schema.ts'
import { unlogged } from './run.ts'
import { executedHere, noSet, sourceAnswer, sourceClient, storedSource, wantedFunctions } from './source.ts'
import { sqlText } from './text.ts'

/** Gives a replica other settings for the source that it has. */
export function changeSource(server: MysqlReplica, desired: MysqlReplicaDesired): Command {
  const { startReplica, stopReplica } = mysqlDialect(server.server.version).statements
  const settings = sourceSettings(server, desired, passwordLiteral(desired)).filter(
    ([name]) => !/_(HOST|PORT)$/.test(name),
  )
  const statements = [...secretSession, stopReplica, changeStatement(server, settings), startReplica]
  const text = statements.map((statement) => `${statement};\n`).join('')
  return withInput(carriedOut(server, desired), new Secret('statements', Buffer.from(text)))
}

/** Starts threads that were stopped. */
export function startReplica(server: MysqlReplica, desired: MysqlReplicaDesired): Command {
  return withInput(carriedOut(server, desired), `${mysqlDialect(server.server.version).statements.startReplica};\n`)
}

/** What a session that holds a password begins with: it is logged nowhere, and literals mean the same on every server. */
export const secretSession = [unlogged, "SET SESSION sql_mode = ''"]

/** The password as SQL takes it in such a session. */
export function passwordLiteral({ password }: MysqlReplicaDesired): string {
  return `'${password.reveal().replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** Names and values of what a replica is to know of its source; the password may be a variable of the shell. */
export function sourceSettings(
  { server }: MysqlReplica,
  { source, user, tls, reconnect }: MysqlReplicaDesired,
  password: string,
): [name: string, value: string][] {
  const { flavor, columns } = mysqlDialect(server.version)
  const side = columns.source.toUpperCase()
  const own: Record<typeof flavor, [string, string][]> = {
    mysql: [
      ['SOURCE_AUTO_POSITION', '1'],
      ['SOURCE_RETRY_COUNT', String(reconnect.attempts)],
    ],
    mariadb: [['MASTER_USE_GTID', 'slave_pos']],
  }
  return [
    [`${side}_HOST`, sqlText(source.host)],
    [`${side}_PORT`, String(source.port)],
    [`${side}_USER`, sqlText(user)],
    [`${side}_PASSWORD`, password],
    [`${side}_SSL`, '1'],
    [`${side}_SSL_CA`, sqlText(tls.caPath)],
    [`${side}_SSL_VERIFY_SERVER_CERT`, tls.verify ? '1' : '0'],
    [`${side}_CONNECT_RETRY`, String(reconnect.delayMs / 1000)],
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
 * Waits until the replica has executed all that its source has at this moment, or cannot go on. It fails where that takes too
 * long; what stops replication is left to the reading that follows. A source that cannot be reached is given ten seconds,
 * because it may just be restarting. How far a replica is behind says little at first: 0 until it has received something.
 */
export function waitForReplica(
  { server }: MysqlReplica,
  { source, tls, lagLimitMs, withinMs }: MysqlReplicaDesired,
): string {
  const { flavor } = mysqlDialect(server.version)
  const seconds = Math.ceil(withinMs / 1000)
  const ask = `timeout 30 ${sourceClient(flavor, flavor, tls)} ${sourceAnswer} --execute=${quote(`SELECT CONCAT('has ', ${executedHere[flavor]})`)}`
  return `${storedSource[flavor]}
${wantedFunctions(flavor)}
${flavor === 'mariadb' ? `read_stored "$(printf 'SELECT @@datadir' | client)"` : ':'}
now
end=$((up + ${seconds})) patience=$((up + 10)) wanted=
while :; do
  is=$(printf 'SHOW REPLICA STATUS' | client --vertical --column-names | awk -F ': ' '
    $1 ~ /_IO_Running$/ { io = $2 }
    $1 ~ /_SQL_Running$/ { sql = $2 }
    $1 ~ /Last_IO_Errno$/ { refused = $2 }
    $1 ~ /Last_SQL_Errno$/ { broken = $2 }
    $1 ~ /Seconds_Behind_/ { lag = $2 }
    $1 ~ /SQL_Delay$/ { delay = $2 }
    END {
      if (io == "No" || broken > 0) print "over"
      else if (io == "Yes" && sql == "Yes") print (delay > 0 && lag ~ /^[0-9]+$/ && lag + 0 <= ${lagLimitMs / 1000}) ? "over" : "running"
      else if (refused == 2002 || refused == 2003 || refused == 2006 || refused == 2013) print "away"
      else if (refused > 0) print "over"
    }')
  if [ "$is" = running ]; then
    [ -n "$wanted" ] || wanted=$(stored_options | ${ask} 2>/dev/null)
    case $wanted in 'has ') break ;; 'has '*) wanted=\${wanted#has } ;; esac
    case $wanted in
    '' | ${noSet}) wanted= is=away ;;
    *) ! has_wanted || break ;;
    esac
  fi
  now
  case $is in over) break ;; away) [ "$up" -lt "$patience" ] || break ;; *) [ "$up" -lt "$end" ] || break ;; esac
  sleep 0.3
done
if [ "$is" = running ] && [ "$up" -ge "$end" ]; then
  printf 'after ${seconds} s this server has not executed what %s had when the wait began: %s\\n' ${quote(`${source.host}:${source.port}`)} "$(lacking | cut -f 2)" >&2
  exit 1
fi`
}

function carriedOut(server: MysqlReplica, desired: MysqlReplicaDesired): Command {
  return {
    kind: 'command',
    script: `(
${mysqlClientFunction}
${nowFunction}
client || exit
${waitForReplica(server, desired)}
)`,
  }
}
