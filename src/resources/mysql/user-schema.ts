/** What a `mysqlUser` task may say. */

import { z } from 'zod'
import { Secret } from '../../shell/secret.ts'
import { grantsSchema } from './grants.ts'
import { mysqlHostPattern, mysqlUserName } from './names.ts'

const socketPlugins = ['auth_socket', 'unix_socket'] as const

// mysql.sys, mysql.session, mysql.infoschema, mariadb.sys
const serversOwn = /^(mysql|mariadb)\./

const rootMessage =
  "root@localhost logs in through the socket without a password, and this toolkit uses that login; leave it as it is. For logins with a password, create a user with another name, such as 'admin', or with host: '127.0.0.1'"

export const mysqlUserSchema = z
  .strictObject({
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
        if (given[key] !== undefined) refuse(key, 'says nothing of a user that is to be absent')
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
export function isSocketPlugin(plugin: string | undefined): plugin is (typeof socketPlugins)[number] {
  return socketPlugins.some((one) => one === plugin)
}
