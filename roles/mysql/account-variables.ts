/** Variables of a database and of a user. */

import { secretValue, z } from 'foobar-deploy'

/** A database that is to be there. */
export const databaseVariables = z
  .strictObject({
    /** Its name. */
    name: z.string().min(1),
    /** By default that of the server. */
    characterSet: z.string().optional(),
    /** By default that of the character set. */
    collation: z.string().optional(),
    /** `absent` removes it with all that is in it. */
    state: z.enum(['present', 'absent']).default('present'),
  })
  .meta({ title: 'database' })

/** A user that is to be there. */
export const userVariables = z
  .strictObject({
    /** Its name. */
    name: z.string().min(1),
    /** From where it may come: `'localhost'`, `'198.51.100.%'`, `'%'`. */
    host: z.string().min(1).default('%'),
    /** Its password; a user of the host by the same name needs none with `plugin: 'auth_socket'`. */
    password: secretValue().optional(),
    /** How a login is proven; by default by the password, in the server’s own way. */
    plugin: z
      .enum(['caching_sha2_password', 'mysql_native_password', 'ed25519', 'auth_socket', 'unix_socket'])
      .optional(),
    /** All that it may do, by what it is on: `{ 'app.*': ['SELECT', 'INSERT'] }`. */
    grants: z.record(z.string(), z.array(z.string())).optional(),
    /** Whether it must come encrypted. */
    requireTls: z.boolean().optional(),
    /** How many connections at a time; 0 for any number. */
    maxConnections: z.int().min(0).optional(),
    /** `absent` removes it. */
    state: z.enum(['present', 'absent']).default('present'),
  })
  .meta({ title: 'user' })
