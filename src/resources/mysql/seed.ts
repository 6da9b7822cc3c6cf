/** How a replica gets the data that its source has already: cloned by MySQL, dumped by MariaDB. Text for sh. */

import { quote } from '../../shell/quote.ts'
import { secretSession } from './change-source.ts'
import { type MysqlReplica, seedingMark } from './replica.query.ts'
import type { MysqlReplicaDesired } from './replica-schema.ts'
import { noSet, sourceClient } from './source.ts'
import { sqlName, sqlText } from './text.ts'

/** SQL for the databases that are none of the server's own. */
export const ownDatabases =
  "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')"

/**
 * Replaces all data of the server with a clone. It must not be super_read_only for it, and stays closed to others by read_only.
 * The server ends itself, and systemd starts it. `$literal` is the password, in SQL.
 */
export function cloneSource({ source, user, tls, withinMs }: MysqlReplicaDesired): string {
  const donor = `${source.host}:${source.port}`
  const before = [
    ...secretSession,
    'SET GLOBAL super_read_only = OFF',
    `SET GLOBAL clone_valid_donor_list = ${sqlText(donor)}, GLOBAL clone_ssl_ca = ${sqlText(tls.caPath)}`,
    `CLONE INSTANCE FROM ${sqlText(user)}@${sqlText(source.host)}:${source.port} IDENTIFIED BY `,
  ].join(';\n')
  return `pid=$(cat "$(printf 'SELECT @@pid_file' | client)") || exit
active=$(printf "SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'clone' AND PLUGIN_STATUS = 'ACTIVE'" | client) || exit
if [ "$active" = 0 ]; then
  printf "SET GLOBAL super_read_only = OFF; INSTALL PLUGIN clone SONAME 'mysql_clone.so';" | client || exit
fi
said=$(printf '%s%s REQUIRE SSL;\\n' ${quote(before)} "$literal" | client 2>&1)
case $said in
'' | *'ERROR 1053'* | *'ERROR 2006'* | *'ERROR 2013'*) ;;
*'ERROR 3707'*) systemctl start mysql || exit ;;
*)
  printf 'SET GLOBAL super_read_only = ON;' | client
  say "${donor} could not be cloned: $said"
  case $said in *1524*) say "The plugin must be on both servers: INSTALL PLUGIN clone SONAME 'mysql_clone.so', or plugin_load_add in the configuration." ;; esac
  exit 1
  ;;
esac
now
end=$((up + ${Math.ceil(withinMs / 1000)}))
while kill -0 "$pid" 2>/dev/null || ! printf 'SELECT 1' | client >/dev/null 2>&1; do
  now
  [ "$up" -lt "$end" ] || { say 'the server did not come back after it was cloned; its error log says why'; exit 1; }
  sleep 0.3
done`
}

// The position comes last and only from a whole dump: until then the server has no source that it could go on with.
const whenWhole = `/^(-- )?SET GLOBAL gtid_slave_pos/ { sub(/^-- /, ""); position = $0; next }
/^-- Dump completed/ { isWhole = 1 }
{ print }
END {
  if (!isWhole) exit 1
  print position
  print "SELECT \\"seeded\\";"
}`

// Users that every server has are left, and those of a dump do not replace others.
const otherUsers =
  "SELECT CONCAT('DROP USER ', QUOTE(User), '@', QUOTE(Host), ';') FROM mysql.global_priv WHERE Host <> '' AND User NOT IN ('root', 'mysql', 'mariadb.sys')"

/**
 * Takes a dump of all databases and users of the source while it goes on. None of it comes into the own binary log. Other
 * users, what a seeding that was cut off has left behind, and the own binary log go first; a mark on the host shows that there
 * was a seeding.
 *
 * The state of the binary log comes from the source, as it was before the dump: it names the last transaction of every server
 * that ever wrote, and a position names only the last of all. Without it this server, once promoted, would take an old
 * transaction of another server for one that it does not know.
 */
export function dumpSource(server: MysqlReplica, { source, tls }: MysqlReplicaDesired): string {
  const session = `SET SESSION sql_log_bin = 0, SESSION sql_log_off = 1;`
  const leftovers = server.databases.map((name) => `DROP DATABASE IF EXISTS ${sqlName(name)};`).join(' ')
  const dump = `${sourceClient('mariadb', 'mariadb-dump', tls)} --single-transaction --gtid --master-data=2 --routines --events --triggers --hex-blob --max-allowed-packet=1G --system=users --insert-ignore`
  return `mkdir -p ${seedingMark.slice(0, seedingMark.lastIndexOf('/'))} && : >${seedingMark} || exit
databases=$(ask --execute=${quote(ownDatabases)}) || exit
state=$(ask --execute='SELECT @@GLOBAL.gtid_binlog_state') || exit
case $state in ${noSet}) say "this is no binlog state: $state"; exit 1 ;; esac
printf "RESET MASTER; SET GLOBAL gtid_slave_pos = '';" | client || exit
printf %s ${quote(`${session} ${leftovers}`)} | client || exit
{ printf '%s\\n' ${quote(session)}; printf %s ${quote(otherUsers)} | client --raw; } | client || exit
set --
while IFS= read -r name; do [ -z "$name" ] || set -- "$@" "$name"; done <<END
$databases
END
[ $# -gt 0 ] || set -- mysql --no-data --no-create-info
said=$(options | ${dump} --databases "$@" | { printf '%s\\n' ${quote(session)}; awk ${quote(whenWhole)}; } | client --max-allowed-packet=1G)
if [ "$said" != seeded ]; then
  for name in "$@"; do case $name in mysql | --*) ;; *) printf '%s DROP DATABASE IF EXISTS \`%s\`;' ${quote(session)} "$name" | client ;; esac; done
  say ${quote(`the data of ${source.host}:${source.port} did not come over whole; what was begun is dropped again`)}
  exit 1
fi
printf "SET GLOBAL gtid_binlog_state = '%s';" "$state" | client || exit
demote=
rm -f ${seedingMark}`
}
