/** The SQL with which a source compares what a replica has with its own transactions, for sets that a test gives. */

import type { MysqlFlavor } from '../../../src/resources/mysql/dialect.ts'
import { compareWithSource } from '../../../src/resources/mysql/source.ts'

/** What the statements ask the source for. */
export const executedAtSource: Readonly<Record<MysqlFlavor, string>> = {
  mysql: '@@GLOBAL.gtid_executed',
  mariadb: "CONCAT_WS(',', NULLIF(@@GLOBAL.gtid_binlog_state, ''), NULLIF(@@GLOBAL.gtid_slave_pos, ''))",
}

/** Statements that print one row, as of a replica with `set` and a source with `other`. */
export function comparisonOf(flavor: MysqlFlavor, set: string, other: string): string {
  const statements = compareWithSource(flavor, 'nobody').replaceAll(executedAtSource[flavor], `'${other}'`)
  return `SET @replica = '${set}'; ${statements}`
}

/** What of the replica's set the source does not know, in a row of the comparison; `-` is nothing. */
export function unknownAtSource(row: string): string {
  return row.split('\t')[2] ?? row
}
