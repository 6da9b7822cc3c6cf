/** How a server is made a replica: what speaks against it is looked for on both sides first, and nothing is touched until then. */

import { type Command, withInput } from '../../shell/command.ts'
import { quote } from '../../shell/quote.ts'
import { Secret } from '../../shell/secret.ts'
import {
  changeStatement,
  nowFunction,
  passwordLiteral,
  secretSession,
  sourceSettings,
  waitForReplica,
} from './change-source.ts'
import { mysqlClientFunction } from './client.ts'
import { mysqlDialect } from './dialect.ts'
import { executedSql, type MysqlReplica, seedingMark } from './replica.query.ts'
import { startOver } from './replica-health.ts'
import type { MysqlReplicaDesired } from './replica-schema.ts'
import { cloneSource, dumpSource, ownDatabases } from './seed.ts'
import { compareWithSource, sourceAnswer, sourceClient } from './source.ts'

/** Makes the server a replica. Its input is two lines: the password for an option file, and for SQL. */
export function attach(server: MysqlReplica, desired: MysqlReplicaDesired): Command {
  const option = desired.password.reveal().replaceAll(/[\\"]/g, (sign) => `\\${sign}`)
  const input = new Secret('password', Buffer.from(`${option}\n${passwordLiteral(desired)}\n`))
  return withInput({ kind: 'command', script: `(\n${script(server, desired)}\n)` }, input)
}

function script(server: MysqlReplica, desired: MysqlReplicaDesired): string {
  const { source, user, tls } = desired
  const name = `${source.host}:${source.port}`
  const { flavor, readOnlyVariable, seeding, statements } = mysqlDialect(server.server.version)
  const close = `printf 'SET GLOBAL ${readOnlyVariable} = ON;' | client || exit`
  const stop = server.status ? `printf '${statements.stopReplica};' | client || exit` : close
  const undo = server.status
    ? `${statements.startReplica};`
    : server.server.isReadOnly
      ? ''
      : 'SET GLOBAL read_only = OFF;'
  const settings = sourceSettings(server, desired, '')
  const before = changeStatement(server, settings.slice(0, passwordAt)).concat(`, ${settings[passwordAt]?.[0]} = `)
  const after = settings.slice(passwordAt + 1).map(([key, value]) => `, ${key} = ${value}`)
  // Asked a second time when nobody can write any more; a server in service is not closed before the first.
  return `IFS= read -r option
IFS= read -r literal
${mysqlClientFunction}
${nowFunction}
say() { printf '%s\\n' "$*" >&2; }
options() { printf '[client]\\nhost="%s"\\nport=%s\\nuser="%s"\\npassword="%s"\\n' ${quote(source.host)} ${source.port} ${quote(user)} "$option"; }
ask() { options | timeout 60 ${sourceClient(flavor, flavor, tls)} ${sourceAnswer} --force "$@"; }
judge() {
  executed=$(printf %s ${quote(`SELECT ${executedSql}`)} | client) || return
  answer=$(ask --execute="SET @replica = '$executed'; "${quote(compareWithSource(flavor, server.serverId))} 2>&1)
  case $answer in source*) ;; *) say "the source ${name} cannot be asked: $answer"; return 1 ;; esac
  set -f
  set -- $answer
  [ "$2" != ${quote(server.serverId)} ] || { say "${name} is this server itself, or has the same id: $2"; return 1; }
  purged=$4 own=$5 given_up=
  [ "$3" != - ] || return 0
  # Without databases nothing can be lost but accounts: of a server whose installation was cut off, for example.
  here=$(printf %s ${quote(ownDatabases)} | client) || return
  [ -n "$here" ] || { given_up=$3; return 0; }
  say "this server has transactions that ${name} does not know: $(printf %s "$3" | awk ${quote(counted)})$3"
  say ${quote(`It was not attached, and nothing was changed. ${startOver}`)}
  return 1
}
judge || exit
${stop}
judge || { printf %s ${quote(undo)} | client; exit 1; }
# What a former primary wrote counts as received.
demote=${flavor === 'mariadb' && server.executed !== '' ? "', MASTER_DEMOTE_TO_SLAVE = 1'" : ''}
lacking=
[ "$purged" = - ] || lacking="${name} no longer has what this server lacks of its history ($purged)"
[ "$own" = - ] || lacking="${name} has transactions that this server made and no longer has"
[ -n "$executed" ] || lacking='this server is empty'
[ -z "$given_up" ] || lacking="this server has no databases, and transactions that ${name} does not know ($given_up)"
if [ -n "$lacking" ]; then
${desired.seed === 'never' ? `say "it needs a copy of the data: $lacking. But seed is never"; exit 1` : seeding === 'clone' ? cloneSource(desired) : dumpSource(server, desired)}
fi
${close}
printf '%s%s%s%s;\\n%s;\\n' ${quote([...secretSession, before].join(';\n'))} "$literal" ${quote(after.join(''))} "$demote" ${quote(statements.startReplica)} | client || exit
rm -f ${seedingMark}
${waitForReplica(server, desired)}`
}

// Where the password stands among the settings.
const passwordAt = 3

// `3 transactions, ` for a set of MySQL, nothing for positions of MariaDB.
const counted = `BEGIN { RS = "," }
{
  n = split($0, parts, ":")
  for (i = 2; i <= n; i++) if (parts[i] ~ /^[0-9]/) { split(parts[i] "-" parts[i], range, "-"); sum += range[2] - range[1] + 1 }
}
END { if (sum) printf "%d in all, ", sum }`
