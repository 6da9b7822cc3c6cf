/** Variables of a database and of a user. */

import { isIP } from 'node:net'
import { secretSchema, z } from 'foobar-deploy'

/** A database. */
export const databaseVariables = z
  .strictObject({
    /** Its name. */
    name: z.string().min(1),
    /** By default that of the server. */
    characterSet: z.string().optional(),
    /** By default that of the character set. */
    collation: z.string().optional(),
    /** `absent` removes it with all its data. */
    state: z.enum(['present', 'absent']).default('present'),
  })
  .meta({ title: 'database' })

/** A user. */
export const userVariables = z
  .strictObject({
    /** Its name. */
    name: z.string().min(1),
    /** Where it can connect from: an address, `'198.51.100.%'`, `'%'`; by default the addresses of `clients` and `clientsFrom`. */
    host: z.string().min(1).optional(),
    /** Confirms that a user of `'localhost'` with a password logs in only through the socket. */
    socketOnly: z.boolean().optional(),
    /** Its password; a user of the host by the same name needs none with `plugin: 'auth_socket'`. */
    password: secretSchema().optional(),
    /** The authentication plugin; by default the server’s own for passwords. */
    plugin: z
      .enum(['caching_sha2_password', 'mysql_native_password', 'ed25519', 'auth_socket', 'unix_socket'])
      .optional(),
    /** All its privileges, by object: `{ 'app.*': ['SELECT', 'INSERT'] }`. */
    grants: z.record(z.string(), z.array(z.string())).optional(),
    /** Whether its connections must be encrypted. */
    requireTls: z.boolean().optional(),
    /** Maximum number of connections; 0 for no limit. */
    maxConnections: z.int().min(0).optional(),
    /** `absent` removes it. */
    state: z.enum(['present', 'absent']).default('present'),
  })
  .meta({ title: 'user' })

/** Why nobody could log in as this user at a server that looks up no names (`skip_name_resolve`), and what to do about it. */
export function loginProblem({
  name,
  host,
  password,
  socketOnly,
  state,
}: z.output<typeof userVariables>): string | undefined {
  // mysqlUser itself refuses to touch root@localhost.
  if (host === undefined || state === 'absent' || (name === 'root' && host === 'localhost')) return undefined
  if (host === 'localhost') {
    return password === undefined || socketOnly
      ? undefined
      : "matches only the socket: a program that connects to 127.0.0.1 is rejected. Use host: '127.0.0.1', or socketOnly: true if the user logs in through the socket"
  }
  const [address = ''] = host.split('/')
  const isAddress = isIP(address) > 0 || /^[0-9a-f.:]*[%_][0-9a-f.:%_]*$/i.test(host)
  return isAddress
    ? undefined
    : 'is a name, and the server looks up no names (skip_name_resolve): nobody could log in. Use an address, or leave host out to allow the hosts of clients'
}
