/** How a database server is asked on its host: by its own client, as root on the local socket, SQL on standard input. */

import type { Need } from '../../plan/provision.ts'
import type { Output } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { mysqlDialect } from './dialect.ts'
import { fieldsOf } from './text.ts'

/** Why a server cannot be asked. */
export interface MysqlUnreadable {
  readonly kind: 'unreadable'
  readonly reason: string
  readonly hint: string
}

/** What every reading tells of the server first. */
export interface MysqlServer {
  /** As `SELECT VERSION()` tells it; `mysqlDialect` knows what follows from it. */
  readonly version: string
  /** Whether it refuses writes, of root too where it can. */
  readonly isReadOnly: boolean
}

/**
 * Defines `client`, which runs what stands on its standard input. Whatever option files say of where to, it is the local
 * socket and root.
 */
export const mysqlClientFunction = `client() {
  if command -v mariadb >/dev/null; then set -- mariadb "$@"; else set -- mysql "$@"; fi
  p=$1; shift
  "$p" --protocol=socket --host=localhost --user=root --default-character-set=utf8mb4 --batch --skip-column-names "$@"
}`

/** A script that asks `statements`, goes on after one that fails, and can tell where there is no client. */
export function askMysql(statements: readonly string[], filter = ''): string {
  return `${mysqlClientFunction}
if command -v mariadb >/dev/null || command -v mysql >/dev/null
then printf %s ${quote([serverRow, ...statements, ''].join(';\n'))} | client --force${filter}
else echo no-client
fi`
}

// Each server reads what is meant for it: MariaDB /*M! */, and MySQL /*!80000 */, which MariaDB passes over.
const serverRow = "SELECT 'server', VERSION(), /*M! @@read_only *//*!80000 @@super_read_only */"

/** The rows of an answer after the one about the server, or why there are none. */
export function readMysql(output: Output): { server: MysqlServer; rows: string[][] } | MysqlUnreadable {
  const [first = [], ...rows] = fieldsOf(output.stdout)
  const server = serverIn(first, output)
  return 'kind' in server ? server : { server, rows }
}

/** The server by its row, or why there is none. */
export function serverIn(first: readonly string[], output: Output): MysqlServer | MysqlUnreadable {
  if (first[0] === 'no-client') {
    return unreadable('the host has no client of MySQL or MariaDB', 'Install the database server before this task.')
  }
  if (first[0] !== 'server') {
    const said = output.stderr.toString().trim().split('\n')[0] || 'it says nothing'
    return unreadable(`the database server cannot be asked: ${said}`, hintFor(said))
  }
  const [, version = '', readOnly = ''] = first
  const dialect = mysqlDialect(version)
  if (!dialect.isSupported) {
    return unreadable(
      `the host has ${dialect.server}`,
      'What is needed is MySQL 8.0.23 or later, or MariaDB 10.11 or later.',
    )
  }
  return { version, isReadOnly: !['0', 'OFF'].includes(readOnly) }
}

/** What a server needs so that it answers, and answers as configured. */
export const mysqlNeeds: readonly Need[] = [
  'program mysql',
  'program mariadb',
  'unit mysql.service',
  'unit mariadb.service',
  'unit mysqld.service',
]

function unreadable(reason: string, hint: string): MysqlUnreadable {
  return { kind: 'unreadable', reason, hint }
}

function hintFor(said: string): string {
  return /ERROR (1045|1698)\b/.test(said)
    ? 'The task must run as root, and the server must let root in by the socket (auth_socket, unix_socket).'
    : 'Let it run before this task: service({ name: … , running: true }).'
}
