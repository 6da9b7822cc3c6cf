/** Asks a database server for databases: one client for any number of them. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { askMysql, type MysqlServer, type MysqlUnreadable, readMysql } from './client.ts'
import { sqlText } from './text.ts'

/** A database, if it is there. */
export interface MysqlDatabase {
  readonly kind: 'known'
  readonly server: MysqlServer
  readonly database: { readonly characterSet: string; readonly collation: string } | undefined
}

const mysqlDatabaseQuery: QueryKind<string, MysqlDatabase | MysqlUnreadable> = {
  name: 'mysql-database',
  key: (name) => name,
  script: (names) =>
    askMysql([
      `SELECT SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN (${names.map(sqlText).join(', ')})`,
    ]),
  parse: (output, names) => {
    const read = readMysql(output)
    if ('kind' in read) return names.map(() => read)
    return names.map((asked) => {
      const [, characterSet = '', collation = ''] = read.rows.find(([name]) => name === asked) ?? []
      return {
        kind: 'known',
        server: read.server,
        database: characterSet === '' ? undefined : { characterSet, collation },
      }
    })
  },
}

/** A database of the server on the host. */
export const mysqlDatabase = defineQuery(mysqlDatabaseQuery)
