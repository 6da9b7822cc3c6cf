/** How statements are carried out on a host: by the client on the local socket, on its standard input alone. */

import { type Command, withInput } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { mysqlClientFunction } from './client.ts'

/** Runs statements in order; the first that fails ends it. */
export function runMysql(statements: readonly string[]): Command {
  return withInput(client, textOf(statements))
}

/** The same for statements that hold a password or a hash: they stay out of the server's general and slow logs. */
export function runMysqlSecretly(statements: readonly string[]): Command {
  // As bytes: of a secret text, every line would be masked wherever it occurs.
  return withInput(client, new Secret('statements', Buffer.from(textOf([unlogged, ...statements]))))
}

/** Keeps a session out of the general log and, for a year, out of the slow one. */
export const unlogged = 'SET SESSION sql_log_off = 1, SESSION long_query_time = 31536000'

const client: Command = { kind: 'command', script: `${mysqlClientFunction}\nclient` }

function textOf(statements: readonly string[]): string {
  return `${statements.join(';\n')};\n`
}
