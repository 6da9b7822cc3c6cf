/** How a replica's host asks the source: over the network with the replica's own credentials, which stay on the host. */

import { quote } from '../../shell/quote.ts'
import type { MysqlFlavor } from './dialect.ts'

/** How the source is known to be the right one. */
export interface SourceTls {
  readonly caPath: string
  /** Whether its certificate must be of its name or address. */
  readonly verify: boolean
}

/**
 * Words that start a client for the source; it reads who it is and where the source is from its standard input, as an option
 * file, and what to ask from `--execute`.
 */
export function sourceClient(flavor: MysqlFlavor, program: string, { caPath, verify }: SourceTls): string {
  const tls =
    flavor === 'mysql'
      ? [`--ssl-mode=${verify ? 'VERIFY_IDENTITY' : 'REQUIRED'}`]
      : ['--ssl', verify ? '--ssl-verify-server-cert' : '--skip-ssl-verify-server-cert']
  return [program, '--defaults-file=/dev/stdin', '--protocol=tcp', ...tls, quote(`--ssl-ca=${caPath}`)].join(' ')
}

/** How that client is to answer. */
export const sourceAnswer = '--connect-timeout=5 --default-character-set=utf8mb4 --batch --skip-column-names'

// Option files know backslashes and double quotes.
const mysqlOptions = `SELECT CONCAT('[client]', CHAR(10), 'host="', Host, '"', CHAR(10), 'port=', Port, CHAR(10), 'user="', User_name, '"', CHAR(10), 'password="',
  REPLACE(REPLACE(User_password, CHAR(92), CONCAT(CHAR(92), CHAR(92))), CHAR(34), CONCAT(CHAR(92), CHAR(34))), '"')
FROM mysql.slave_master_info WHERE Channel_name = ''`

/**
 * Defines `stored_options`, which prints the option file for the source that the server has, and for MariaDB, which keeps the
 * credentials in a file, `read_stored DATADIR` before it. They need `client`.
 */
export const storedSource: Readonly<Record<MysqlFlavor, string>> = {
  mysql: `stored_options() { printf %s ${quote(mysqlOptions)} | client --raw; }`,
  mariadb: `read_stored() {
  line=0 host= user= word= port=
  while IFS= read -r text; do
    line=$((line + 1))
    case $line in 4) host=$text ;; 5) user=$text ;; 6) word=$text ;; 7) port=$text ;; esac
  done <"$1master.info"
}
stored_options() {
  escaped=$(printf '%s\\n' "$word" | sed 's/[\\\\"]/\\\\&/g')
  printf '[client]\\nhost="%s"\\nport=%s\\nuser="%s"\\npassword="%s"\\n' "$host" "$port" "$user" "$escaped"
}`,
}

/** SQL for the set that a replica must have executed to have all that the server has at this moment. */
export const executedHere: Readonly<Record<MysqlFlavor, string>> = {
  mysql: "REPLACE(@@GLOBAL.gtid_executed, CHAR(10), '')",
  // The binary log of a server seeded by a dump is empty until it writes.
  mariadb: "COALESCE(NULLIF(@@GLOBAL.gtid_binlog_pos, ''), @@GLOBAL.gtid_slave_pos)",
}

/** SQL that waits for up to a second until the replica has executed `$wanted`; 0 if it has. */
const waitForSet: Readonly<Record<MysqlFlavor, string>> = {
  mysql: "SELECT WAIT_FOR_EXECUTED_GTID_SET('$wanted', 1)",
  mariadb: "SELECT MASTER_GTID_WAIT('$wanted', 1)",
}

/**
 * SQL for a replica that knows the set of its source, `$wanted`, and what it received, `$received`: one row of `later`, what
 * it has not executed, and what of that it has not even received. `-` stands for none.
 */
const lackingHere: Readonly<Record<MysqlFlavor, string>> = {
  mysql: `SELECT 'later', ${orNone("GTID_SUBTRACT('$wanted', @@GLOBAL.gtid_executed)")}, ${orNone("GTID_SUBTRACT('$wanted', CONCAT_WS(',', @@GLOBAL.gtid_executed, NULLIF('$received', '')))")}`,
  mariadb: `SET @wanted_list = ${jsonList("'$wanted'")}, @executed_list = ${jsonList('@@GLOBAL.gtid_slave_pos')}, @received_list = ${jsonList("'$received'")};
SELECT 'later', ${orNone(domainsBehind('@wanted_list', '@executed_list'))}, ${orNone(domainsBehind('@wanted_list', '@received_list'))}`,
}

/**
 * SQL for the source that compares what it has executed with `@replica`, what the replica has. One row of `source`, who it is,
 * and sets: what the source does not know, what the replica lacks and the source no longer tells, what the replica lacks of
 * its own making (the server `self`), all that it lacks, and all that the source has. `-` stands for none.
 */
export function compareWithSource(flavor: MysqlFlavor, self: string): string {
  return flavor === 'mysql'
    ? `SET @lacking = GTID_SUBTRACT(@@GLOBAL.gtid_executed, @replica);
SELECT 'source', @@server_uuid, ${orNone('GTID_SUBTRACT(@replica, @@GLOBAL.gtid_executed)')}, ${orNone('GTID_SUBTRACT(@@GLOBAL.gtid_purged, @replica)')}, IF(LOCATE('${self}', @lacking), 'own', '-'), ${orNone('@lacking')}, ${orNone(executedHere.mysql)}`
    : `SET @replica_list = ${jsonList('@replica')}, @source_list = ${jsonList("CONCAT_WS(',', NULLIF(@@GLOBAL.gtid_binlog_state, ''), NULLIF(@@GLOBAL.gtid_slave_pos, ''))")}, @wanted_list = ${jsonList(executedHere.mariadb)};
SELECT 'source', @@server_id, ${orNone(`(SELECT GROUP_CONCAT(DISTINCT r.gtid) FROM ${positions('@replica_list')} AS r
  LEFT JOIN ${positions('@source_list')} AS s ON r.origin = s.origin
  WHERE r.gtid <> '' AND (s.number IS NULL OR s.number < r.number))`)}, '-', IF(EXISTS (SELECT 1 FROM ${positions('@source_list')} AS s
  WHERE SUBSTRING_INDEX(s.origin, '-', -1) = '${self}' AND NOT EXISTS (SELECT 1 FROM ${positions('@replica_list')} AS r
  WHERE r.domain = s.domain AND r.number >= s.number)), 'own', '-'), ${orNone(domainsBehind('@wanted_list', '@replica_list'))}, ${orNone(executedHere.mariadb)}`
}

/**
 * Defines `has_wanted`, which waits for a second at most, `lacking`, which prints the row of `later`, and `is_delayed`, whether the
 * replica is behind on purpose. They need `client` and the set in `$wanted`. A source says it, so what is no set must be refused before.
 */
export function wantedFunctions(flavor: MysqlFlavor): string {
  return `has_wanted() { [ "$(printf %s ${inShell(waitForSet[flavor])} | client)" = 0 ]; }
lacking() {
  received=$(printf 'SHOW REPLICA STATUS' | client --vertical --column-names | awk '
    /^ *[A-Za-z_]+: / { isReceived = / *(Retrieved_Gtid_Set|Gtid_IO_Pos): / }
    isReceived { sub(/.*: /, ""); gsub(/\\\\n/, ""); gsub(/[^0-9A-Za-z:,_-]/, ""); printf "%s", $0 }')
  printf %s ${inShell(lackingHere[flavor])} | client
}
is_delayed() { printf 'SHOW REPLICA STATUS' | client --vertical --column-names | grep -q 'SQL_Delay: [1-9]'; }`
}

/** What no set of transactions holds, as a pattern of the shell. */
export const noSet = '*[!0-9A-Za-z:,_-]*'

/** A word of the shell for SQL with variables of the shell in it. */
function inShell(sql: string): string {
  return sql
    .split(/(\$wanted|\$received)/)
    .filter((part) => part !== '')
    .map((part) => (/^\$(wanted|received)$/.test(part) ? `"${part}"` : quote(part)))
    .join('')
}

function orNone(expression: string): string {
  return `COALESCE(NULLIF(REPLACE(${expression}, CHAR(10), ''), ''), '-')`
}

// Made beforehand: within the table MariaDB would replace the commas again for each row that it joins.
function jsonList(list: string): string {
  return `CONCAT('["', REPLACE(${list}, ',', '","'), '"]')`
}

// Of 0-1-7, domain 0 and server 1 are the origin.
function positions(list: string): string {
  return `(SELECT gtid, SUBSTRING_INDEX(gtid, '-', 1) AS domain, SUBSTRING_INDEX(gtid, '-', 2) AS origin, CAST(SUBSTRING_INDEX(gtid, '-', -1) AS UNSIGNED) AS number
  FROM JSON_TABLE(${list}, '$[*]' COLUMNS (gtid VARCHAR(64) PATH '$')) AS given)`
}

/** The positions of one list at which the other has not arrived: numbers go up within a domain, whoever writes. */
function domainsBehind(wanted: string, had: string): string {
  return `(SELECT GROUP_CONCAT(w.gtid) FROM ${positions(wanted)} AS w
  WHERE w.gtid <> '' AND NOT EXISTS (SELECT 1 FROM ${positions(had)} AS h WHERE h.domain = w.domain AND h.number >= w.number))`
}
