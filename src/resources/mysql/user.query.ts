/** Asks a database server for users and their grants: one client for any number of them; no password leaves the host. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { askMysql, type MysqlServer, type MysqlUnreadable, readMysql } from './client.ts'
import { sqlAccount } from './text.ts'

/** An account by name, and by where it may come from. */
export interface MysqlAccount {
  readonly name: string
  readonly host: string
  /** Whether it matters what `ALL` would be on `*.*`. */
  readonly wantsAll: boolean
}

/** What a server knows of an account. */
export interface MysqlAccountState {
  /** How a login is proven; several with `or` between them. */
  readonly plugin: string
  /** `''` for none, `ANY`, `X509` or `SPECIFIED`. */
  readonly tls: string
  /** 0 for any number. */
  readonly maxConnections: number
  /** What a password is to be hashed with so that the hashes compare; empty where there is no salt. */
  readonly salt: Buffer
  /** SHA-256 of what is stored for the password; the hash itself stays on the host. */
  readonly digest: string
  /** As `SHOW GRANTS` tells them. */
  readonly grants: readonly string[]
}

/** An account, if it is there. */
export interface MysqlUser {
  readonly kind: 'known'
  readonly server: MysqlServer
  readonly account: MysqlAccountState | undefined
  /** What there is to grant on `*.*`, in upper case, if it matters and the server does not call it `ALL` itself. */
  readonly privileges: readonly string[]
  /** How often caching_sha2_password is to hash; undefined where there is no such plugin. */
  readonly rounds: number | undefined
}

// How long the head of a hash of caching_sha2_password is: its form, its rounds, its salt.
const headLength = 27

// MariaDB shows hashes among the grants.
const withoutHashes = ` | sed -E "s/ (IDENTIFIED BY PASSWORD|USING) '[^']*'//g"`

const mysqlUserQuery: QueryKind<MysqlAccount, MysqlUser | MysqlUnreadable> = {
  name: 'mysql-user',
  key: ({ name, host, wantsAll }) => `${name}@${host}${wantsAll ? ' with all' : ''}`,
  script: (accounts) => {
    const tuples = accounts.map((account) => `(${sqlAccount(account).replace("'@'", "', '")})`).join(', ')
    const grants = accounts.flatMap((account, index) => [
      `SELECT 'grants of', ${index}`,
      `SHOW GRANTS FOR ${sqlAccount(account)}`,
    ])
    return askMysql(
      [
        "SHOW VARIABLES LIKE 'caching_sha2_password_digest_rounds'",
        `SELECT 'user', User, Host, plugin, ssl_type, max_user_connections,
  IF(plugin = 'caching_sha2_password', HEX(LEFT(authentication_string, ${headLength})), ''), SHA2(authentication_string, 256),
  /*M! (SELECT JSON_EXTRACT(Priv, '$.auth_or[*].plugin') FROM mysql.global_priv AS p WHERE p.User = u.User AND p.Host = u.Host) *//*!80000 NULL */
FROM mysql.user AS u WHERE (User, Host) IN (${tuples})`,
        ...grants,
        "SELECT 'privileges'",
        ...(accounts.some(({ wantsAll }) => wantsAll) ? ['/*!80000 SHOW PRIVILEGES */'] : []),
      ],
      withoutHashes,
    )
  },
  parse: (output, accounts) => {
    const read = readMysql(output)
    if ('kind' in read) return accounts.map(() => read)
    const { server, rows } = read
    const end = rows.findIndex(([mark]) => mark === 'privileges')
    const rounds = rows.find(([variable]) => variable === 'caching_sha2_password_digest_rounds')?.[1]
    const privileges = rows.slice(end + 1).map(([privilege = '']) => privilege.toUpperCase())
    const shown = grantsOf(rows.slice(0, end))
    return accounts.map(({ name, host }, index) => {
      const row = rows.find(([mark, user, from]) => mark === 'user' && user === name && from === host)
      const account = row && { ...stateOf(row), grants: shown.get(index) ?? [] }
      return { kind: 'known', server, account, privileges, rounds: rounds === undefined ? undefined : Number(rounds) }
    })
  },
}

/** An account of the server on the host. */
export const mysqlUser = defineQuery(mysqlUserQuery)

function stateOf(row: readonly string[]): Omit<MysqlAccountState, 'grants'> {
  const [, , , plugin = '', tls = '', maxConnections = '', salt = '', digest = '', others = 'NULL'] = row
  const further = others === 'NULL' ? [] : (JSON.parse(others) as string[])
  return {
    plugin: [plugin, ...further].join(' or '),
    tls,
    maxConnections: Number(maxConnections),
    salt: Buffer.from(salt, 'hex'),
    digest,
  }
}

/** The lines of `SHOW GRANTS` after each mark. */
function grantsOf(rows: readonly (readonly string[])[]): Map<number, string[]> {
  const found = new Map<number, string[]>()
  let lines: string[] = []
  for (const [first = '', second = ''] of rows) {
    if (first === 'grants of') {
      lines = []
      found.set(Number(second), lines)
    } else if (/^(GRANT|REVOKE) /.test(first)) {
      lines.push(first)
    }
  }
  return found
}
