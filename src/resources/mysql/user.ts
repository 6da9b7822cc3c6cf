/** A user of MySQL or MariaDB with its password, its grants and the hosts it may connect from. */

import { createHash } from 'node:crypto'
import { FoobarDeployError } from '../../errors.ts'
import { defineResource } from '../../model/task.ts'
import { type Change, compare } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import type { Command } from '../../shell/command.ts'
import type { MysqlUnreadable } from './client.ts'
import { type MysqlDialect, mysqlDialect, type PasswordPlugin } from './dialect.ts'
import { grantChanges, grantStatements, type MysqlGrants, shownGrants, wantedGrants } from './grants.ts'
import { hashLiteral, isPasswordOf } from './password.ts'
import { whileReadOnly } from './read-only.ts'
import { runMysql, runMysqlSecretly } from './run.ts'
import { sqlAccount } from './text.ts'
import { type MysqlAccountState, type MysqlUser, mysqlUser as mysqlUserQuery } from './user.query.ts'
import { isSocketPlugin, type MysqlUserDesired, mysqlUserSchema } from './user-schema.ts'

interface State {
  readonly version: string
  readonly rounds?: number | undefined
  readonly account:
    | {
        readonly plugin: string
        readonly isPasswordAsGiven: boolean
        readonly requireTls: boolean
        readonly maxConnections: number
        readonly grants: MysqlGrants
      }
    | undefined
}

/**
 * A user of the database server on the host. The password is compared with what the server keeps, and set, by a hash that is
 * computed on your machine: it is never sent, nor read back. The hash is in no argument, no output and no log
 * of statements of this server; it is in its binary log, as the server writes every user there.
 *
 * `grants` are all that the user has; roles and proxies are left alone. Users are made on the server that may be written to,
 * and replicas get them from there: on a read-only one the task fails if there is something to change.
 *
 * @example
 * ```ts
 * import { mysqlUser, secret } from 'foobar-deploy'
 *
 * mysqlUser({
 *   name: 'app',
 *   host: '198.51.100.%',
 *   password: secret('mysql.app'),
 *   grants: { 'app.*': ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
 *   requireTls: true,
 * })
 * mysqlUser({ name: 'prometheus', host: 'localhost', plugin: 'auth_socket', grants: { '*.*': ['PROCESS'] } })
 * mysqlUser({ name: 'old', host: '%', state: 'absent' })
 * ```
 */
export const mysqlUser = defineResource({
  type: 'mysqlUser',
  schema: mysqlUserSchema,
  id: ({ name, host }) => `${name}@${host}`,
  read: ({ name, host, grants = {} }): { readonly answer: Query<MysqlUser | MysqlUnreadable> } => ({
    answer: mysqlUserQuery({ name, host, wantsAll: grants['*.*']?.some((one) => /^ALL\b/i.test(one)) ?? false }),
  }),
  parse: ({ answer }, desired): State | Unavailable => {
    if (answer.kind === 'unreadable') return new Unavailable(answer.reason, answer.hint)
    const { server, account, privileges, rounds } = answer
    const { version } = server
    const plugin = desired.state === 'present' ? pluginOf(desired, mysqlDialect(version)) : undefined
    const state: State = {
      version,
      ...(rounds === undefined ? {} : { rounds }),
      account: account && {
        plugin: isForeign(account, desired) ? `${account.plugin} of another` : account.plugin,
        isPasswordAsGiven:
          desired.password !== undefined &&
          account.plugin === plugin &&
          isPasswordOf(account, plugin as PasswordPlugin, desired.password),
        requireTls: account.tls !== '',
        maxConnections: account.maxConnections,
        grants: shownGrants(account.grants, privileges),
      },
    }
    return whileReadOnly(server, diff(state, desired), `the user ${desired.name}@${desired.host}`) ?? state
  },
  diff,
  *apply(changes, desired, current) {
    yield commandFor(changes, desired, current)
  },
  independent: true,
})

function diff({ version, account }: State, desired: MysqlUserDesired): Change[] {
  const dialect = mysqlDialect(version)
  if (desired.state === 'absent') return account ? [{ key: 'state', from: 'present', to: 'absent' }] : []
  const made: Change[] = account ? [] : [{ key: 'state', from: 'absent', to: 'present' }]
  const password = account?.isPasswordAsGiven
    ? []
    : [{ key: 'password', from: account ? 'another' : null, to: 'as given' }]
  return [
    ...made,
    ...compare({ plugin: account?.plugin }, { plugin: pluginOf(desired, dialect) }, ['plugin']),
    ...(desired.password ? password : []),
    ...compare(account ?? {}, desired, ['requireTls', 'maxConnections']),
    ...(desired.grants ? grantChanges(account?.grants ?? {}, wantedGrants(desired.grants, dialect)) : []),
  ]
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

// A plugin of the socket may let in a user of the host by another name.
function isForeign({ plugin, digest }: MysqlAccountState, { name }: MysqlUserDesired): boolean {
  return isSocketPlugin(plugin) && !['NULL', digestOf(''), digestOf(name)].includes(digest)
}

function commandFor(
  changes: readonly Change[],
  desired: MysqlUserDesired,
  { version, account, rounds }: State,
): Command {
  const dialect = mysqlDialect(version)
  const name = sqlAccount(desired)
  if (desired.state === 'absent') return runMysql([`DROP USER ${name}`])
  const has = (...keys: readonly string[]) => changes.some(({ key }) => keys.includes(key))
  const words = [
    ...(has('state', 'plugin', 'password') ? [identity(desired, dialect, rounds)] : []),
    ...(has('requireTls') ? [desired.requireTls ? 'REQUIRE SSL' : 'REQUIRE NONE'] : []),
    ...(has('maxConnections') ? [`WITH MAX_USER_CONNECTIONS ${desired.maxConnections}`] : []),
  ]
  const wanted = desired.grants && wantedGrants(desired.grants, dialect)
  const statements = [
    ...(words.length > 0 ? [`${account ? 'ALTER' : 'CREATE'} USER ${name} ${words.join(' ')}`] : []),
    ...(wanted ? grantStatements(name, account?.grants ?? {}, wanted) : []),
  ]
  return has('password') ? runMysqlSecretly(statements) : runMysql(statements)
}

function identity(desired: MysqlUserDesired, dialect: MysqlDialect, rounds: number | undefined): string {
  const plugin = pluginOf(desired, dialect)
  const { by, using } = dialect.identified
  if (!desired.password || isSocketPlugin(plugin)) return `${by} ${plugin}`
  return `${by} ${plugin} ${using} ${hashLiteral(plugin, desired.password, rounds)}`
}

function pluginOf({ plugin }: MysqlUserDesired, dialect: MysqlDialect): PasswordPlugin | MysqlDialect['socketPlugin'] {
  if (isSocketPlugin(plugin)) return dialect.socketPlugin
  const [first = 'caching_sha2_password'] = dialect.passwordPlugins
  if (plugin === undefined || dialect.passwordPlugins.includes(plugin)) return plugin ?? first
  throw new FoobarDeployError('task', 'mysql-plugin', 'The database server does not know this way of proving a login', {
    detail: `${dialect.server} has no ${plugin}`,
    hint: `It has ${dialect.passwordPlugins.join(', ')}; without \`plugin\` it is ${first}.`,
  })
}
