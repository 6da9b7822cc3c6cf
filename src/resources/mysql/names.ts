/** What names of databases, users and hosts may be, so that they can stand in SQL under any mode of a server. */

import { z } from 'zod'

/** The name of a database. */
export const mysqlDatabaseName = z
  .string()
  .regex(
    /^(?! )[^\p{Cc}'"`\\/.%]{1,64}(?<! )$/u,
    'must be the name of a database: up to 64 signs, no quotes, \\ / . or %',
  )
  .refine((name) => !systemDatabases.has(name.toLowerCase()), 'is one of the server’s own')

/** Databases that every server has. */
const systemDatabases: ReadonlySet<string> = new Set(['information_schema', 'mysql', 'performance_schema', 'sys'])

/** The name of a user. */
export const mysqlUserName = z
  .string()
  .regex(/^[^\p{Cc}'"`\\]{1,32}$/u, 'must be the name of a user: up to 32 signs, no quotes and no \\')

/** From where a user may come. */
export const mysqlHostPattern = z
  .string()
  .regex(
    /^[a-z0-9.:%_/-]{1,255}$/,
    "must be a name, an address or a pattern in lower case: 'localhost', '198.51.100.%', '198.51.100.0/255.255.255.0', '%'",
  )
