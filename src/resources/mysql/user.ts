/** A user of MySQL or MariaDB with its password, its grants and the hosts it may connect from. */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { FoobarDeployError } from '../../errors.ts'
import { defineResource } from '../../model/task.ts'
import { type Change, compare } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import type { Command } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { type MysqlUnreadable, mysqlNeeds } from './client.ts'
import { type MysqlDialect, mysqlDialect, type PasswordPlugin } from './dialect.ts'
import { grantChanges, grantStatements, grantsSchema, type MysqlGrants, shownGrants, wantedGrants } from './grants.ts'
import { mysqlHostPattern, mysqlUserName } from './names.ts'
import { hashLiteral, isPasswordOf } from './password.ts'
import { whileReadOnly } from './read-only.ts'
import { runMysql, runMysqlSecretly } from './run.ts'
import { sqlAccount } from './text.ts'
import { type MysqlAccountState, type MysqlUser, mysqlUser as mysqlUserQuery } from './user.query.ts'

const socketPlugins = ['auth_socket', 'unix_socket'] as const

// mysql.sys, mysql.session, mysql.infoschema, mariadb.sys
const serversOwn = /^(mysql|mariadb)\./

const rootMessage =
  "root@localhost logs in through the socket without a password, and this toolkit uses that login; leave it as it is. For logins with a password, create a user with another name, such as 'admin', or with host: '127.0.0.1'"

const mysqlUserSchema = z
  .strictObject({
    /** Its name. */
    name: mysqlUserName,
    /** From where the user may come: `'localhost'` (the socket too), `'198.51.100.%'`, `'%'`. */
    host: mysqlHostPattern,
    /** It is not sent: a hash is, made here; and it is compared with what the server keeps. */
    password: z
      .instanceof(Secret<string>, { error: 'must be a Secret' })
      .refine((secret) => !secret.hasValue || secret.reveal() !== '', 'is empty')
      .optional(),
    /**
     * How a login is proven. By default the server's own way for passwords: `caching_sha2_password` of MySQL,
     * `mysql_native_password` of MariaDB (where `ed25519` must be loaded by the configuration). `auth_socket` and
     * `unix_socket` are one: the user of the host with the same name comes in by the socket, without a password.
     */
    plugin: z.enum(['caching_sha2_password', 'mysql_native_password', 'ed25519', ...socketPlugins]).optional(),
    /**
     * Privileges by what they are on: these and no others. Without it they are left as they are. In the name of a database,
     * `_` and `%` stand for others, as the server takes them (unless it has `partial_revokes`); `'my\\_app.*'` is exact.
     */
    grants: grantsSchema.optional(),
    /** Whether the user must come encrypted. */
    requireTls: z.boolean().optional(),
    /** How many connections at a time; 0 for any number. */
    maxConnections: z.int().min(0).optional(),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .superRefine((given, context) => {
    const refuse = (key: keyof typeof given, message: string) =>
      context.addIssue({ code: 'custom', message, path: [key] })
    const isSocket = isSocketPlugin(given.plugin)
    if (serversOwn.test(given.name)) refuse('name', 'is one of the server’s own')
    if (given.name === 'root' && given.host === 'localhost') {
      // An account has one way in (MySQL), and any of these would close the one that all tasks here come by.
      const isLeft = isSocket && given.state === 'present' && given.requireTls !== true && !given.maxConnections
      const isWhole =
        given.grants?.['*.*']?.some((one) => /^ALL( PRIVILEGES)?$/i.test(one)) ?? given.grants === undefined
      if (!isLeft || !isWhole) refuse('name', rootMessage)
    }
    if (given.state === 'absent') {
      for (const key of ['password', 'plugin', 'grants', 'requireTls', 'maxConnections'] as const) {
        if (given[key] !== undefined) refuse(key, 'does not apply to a user that is absent')
      }
      return
    }
    if (isSocket && given.password) refuse('password', `means nothing with ${given.plugin}: nobody is asked for one`)
    if (isSocket && given.host !== 'localhost')
      refuse('host', "must be 'localhost': the socket is not reached from elsewhere")
    if (!isSocket && !given.password) {
      refuse('password', "is missing; for a user without one, who comes in by the socket, say plugin: 'auth_socket'")
    }
  })

/** What a `mysqlUser` task desires, with defaults filled in. */
export type MysqlUserDesired = z.output<typeof mysqlUserSchema>

/** Whether logins are proven by who the user of the host is. */
function isSocketPlugin(plugin: string | undefined): plugin is (typeof socketPlugins)[number] {
  return socketPlugins.some((one) => one === plugin)
}

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
    if (answer.kind === 'unreadable') return new Unavailable(answer.reason, answer.hint, mysqlNeeds)
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
  provides: ({ name }) => [`account ${name}`],
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
    needs: mysqlNeeds,
  })
}
