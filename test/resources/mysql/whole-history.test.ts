/** What the binary logs of a source prove, told to awk as a source tells it. */

import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { isWholeHistory } from '../../../src/resources/mysql/whole-history.ts'

/** Whether a replica could begin with these logs. */
function isWhole(databases: readonly string[], events: readonly (readonly string[])[]): boolean {
  const told = ['log /var/lib/mysql/binlog', ...databases.map((name) => `database ${name}`)]
  const rows = events.map(([log, type, info]) => [log, 4, type, 1, 127, info].join('\t'))
  const { status, stderr } = spawnSync('awk', ['-F', '\\t', isWholeHistory], {
    input: `${[...told, ...rows].join('\n')}\n`,
  })
  expect(stderr.toString()).toBe('')
  return status === 0
}

const start = [
  ['binlog.000001', 'Format_desc', 'Server ver: 9.7.4-2, Binlog ver: 4'],
  ['binlog.000001', 'Previous_gtids', ''],
]
const startOfMariadb = [
  ['binlog.000001', 'Format_desc', 'Server ver: 11.8.6-MariaDB'],
  ['binlog.000001', 'Gtid_list', '[]'],
]
const gtid = ['binlog.000002', 'Gtid', "SET @@SESSION.GTID_NEXT= 'b2a47413-e71c-11f1-803d-4af8c6bc5647:1'"]
const query = (info: string) => ['binlog.000002', 'Query', info]

describe('a history', () => {
  it.each<[what: string, databases: string[], events: string[][]]>([
    ['of nothing', [], start],
    ['of nothing, in MariaDB', [], startOfMariadb],
    ['of a database', ['app'], [...start, gtid, query('CREATE DATABASE app /* xid=9 */')]],
    ['of one in backticks', ['odd name'], [...start, gtid, query('CREATE DATABASE `odd name`')]],
    [
      'of one that a client was in',
      ['b'],
      [...start, gtid, query('use `a b`; create schema if not exists b CHARACTER SET latin1')],
    ],
    [
      'of one from a dump',
      ['c'],
      [...start, gtid, query('CREATE DATABASE /*!32312 IF NOT EXISTS*/ `c` /*!40100 DEFAULT CHARACTER SET utf8mb4 */')],
    ],
    [
      'that goes on in further logs',
      ['app'],
      [
        ...start,
        ['binlog.000002', 'Previous_gtids', 'b2a47413-e71c-11f1-803d-4af8c6bc5647:1-4'],
        gtid,
        query('CREATE DATABASE app'),
      ],
    ],
  ])('%s is whole', (_what, databases, events) => {
    expect(isWhole(databases, events)).toBe(true)
  })

  it.each<[what: string, databases: string[], events: string[][]]>([
    ['whose first log is gone', [], [['binlog.000002', 'Previous_gtids', '']]],
    ['that cannot be read', [], []],
    [
      'that begins after something',
      [],
      [['binlog.000001', 'Previous_gtids', 'b2a47413-e71c-11f1-803d-4af8c6bc5647:1-4']],
    ],
    ['that begins after something, in MariaDB', [], [['binlog.000001', 'Gtid_list', '[0-1-6]']]],
    ['without the making of a database', ['app', 'old'], [...start, gtid, query('CREATE DATABASE app')]],
    ['of another database', ['app'], [...start, gtid, query('CREATE DATABASE app2')]],
    [
      'with transactions without a GTID',
      ['app'],
      [
        ...start,
        ['binlog.000001', 'Anonymous_Gtid', 'SET @@SESSION.GTID_NEXT= "ANONYMOUS"'],
        query('CREATE DATABASE app'),
      ],
    ],
  ])('%s is not', (_what, databases, events) => {
    expect(isWhole(databases, events)).toBe(false)
  })
})
