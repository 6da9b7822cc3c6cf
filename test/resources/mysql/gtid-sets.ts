/** Sets of transactions: how many of one are not in another. All that compare sets are judged by this table. */

/** `set`, `other`, and how many transactions of `set` are not in `other`. */
export type SetsOfGtids = readonly [set: string, other: string, beyond: number]

/** As `gtid_binlog_state` of MariaDB: the last transaction of each server in each domain. */
export const mariadbSets: readonly SetsOfGtids[] = [
  ['0-1-42', '0-1-42', 0],
  ['0-1-40', '0-1-42', 0],
  ['0-1-42', '0-1-40', 2],
  ['', '0-1-42', 0],
  ['0-1-12', '', 12],
  // Written by different servers after they parted: a higher number is not the same transaction.
  ['0-2-105', '0-1-110', 105],
  ['0-1-42', '0-2-40', 42],
  ['0-1-104,0-2-105', '0-1-110', 1],
  ['0-1-110', '0-1-104,0-2-105', 6],
  // After a failover the numbers of a domain go on where the other server ended.
  ['0-1-30,0-2-50', '0-1-30,0-2-50', 0],
  ['0-1-30', '0-1-30,0-2-50', 0],
  ['0-1-30,0-2-50', '0-1-30', 20],
  ['0-1-30,0-2-50', '0-1-30,0-2-45', 5],
  ['0-1-55,0-2-50', '0-1-30,0-2-50', 5],
  // Domains are apart.
  ['0-1-12,1-2-30', '0-1-12', 30],
  ['0-1-40', '0-2-42,1-1-3', 40],
  ['1-1-3', '0-1-42,1-1-3', 0],
]

const [one, two] = ['6054e1d9-e717-11f1-bd79-ae7a2d86c444', '7054e1d9-e717-11f1-bd79-ae7a2d86c444']

/** As `gtid_executed` of MySQL: all transactions of each server, with and without a tag. */
export const mysqlSets: readonly SetsOfGtids[] = [
  [`${one}:1-10`, `${one}:1-10`, 0],
  [`${one}:1-10`, `${one}:1-3:5-6,${two}:1-9`, 5],
  [`${one}:1-10,${two}:4`, `${one}:1-10`, 1],
  [`${one}:1-3:tag:1-2`, `${one}:1-3`, 2],
  // Received and executed, one after the other.
  [`${one}:1-13`, `${one}:1-10,${one}:5-10`, 3],
  [`${one}:50-120,${one}:1-90`, `${one}:1-100`, 20],
  ['', `${one}:1-3`, 0],
  [`${one}:2`, '', 1],
]
