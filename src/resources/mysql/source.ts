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

/**
 * SQL for the source that compares what it has executed with `@replica`: one row of `source`, who it is, the transactions of
 * the replica that it does not know, and those that the replica lacks and the source no longer has. `-` stands for none.
 */
export const compareWithSource: Readonly<Record<MysqlFlavor, string>> = {
  mysql: `SELECT 'source', @@server_uuid, ${orNone(`GTID_SUBTRACT(@replica, @@GLOBAL.gtid_executed)`)}, ${orNone('GTID_SUBTRACT(@@GLOBAL.gtid_purged, @replica)')}`,
  mariadb: `SET @replica_list = ${jsonList('@replica')}, @source_list = ${jsonList('@@GLOBAL.gtid_binlog_state')};
SELECT 'source', @@server_id, ${orNone(`(SELECT GROUP_CONCAT(DISTINCT r.gtid) FROM ${positions('@replica_list')} AS r
  LEFT JOIN ${positions('@source_list')} AS s ON r.origin = s.origin
  WHERE r.gtid <> '' AND (s.number IS NULL OR s.number < r.number))`)}, '-'`,
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
  return `(SELECT gtid, SUBSTRING_INDEX(gtid, '-', 2) AS origin, CAST(SUBSTRING_INDEX(gtid, '-', -1) AS UNSIGNED) AS number
  FROM JSON_TABLE(${list}, '$[*]' COLUMNS (gtid VARCHAR(64) PATH '$')) AS given)`
}
