/** What a `mysqlReplica` task may say. */

import { z } from 'zod'
import { Secret } from '../../shell/secret.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { mysqlUserName } from './names.ts'

// As long as a server keeps one for its source.
const longestPassword = 32

const isWholeSeconds = (ms: number) => ms % 1000 === 0
const wholeSeconds = 'must be whole seconds, such as 2000: the server counts in them'

const host = z.string().regex(/^[A-Za-z0-9.:_-]{1,255}$/, 'must be a name or an address')

export const mysqlReplicaSchema = z.strictObject({
  /** The server that it replicates from, as its certificate names it. */
  source: z.strictObject({
    /** Its name or address. */
    host,
    /** Its port. */
    port: z.int().min(1).max(65_535).default(3306),
  }),
  /** A user of the source with `mysqlDialect(…).replicaPrivileges` (of `foobar-deploy/mysql`). */
  user: mysqlUserName,
  /** The password of the user, up to 32 characters. The server stores it, because replication needs it. */
  password: z.instanceof(Secret<string>, { error: 'must be a Secret' }).refine((secret) => {
    return !secret.hasValue || (/^[^\p{Cc}]+$/u.test(secret.reveal()) && secret.reveal().length <= longestPassword)
  }, `must be one line of up to ${longestPassword} signs`),
  /** How it connects to its source. */
  tls: z.strictObject({
    /** The certificate of the authority that the source's is from, on the replica, where the server may read it. */
    caPath: absolutePath.refine((path) => !/['"\\\s]/.test(path), 'must have no quotes, spaces and \\'),
    /** Whether the certificate must be of the source's name or address, too; default true. */
    verify: z.boolean().default(true),
  }),
  /** What happens if it cannot continue with its own data: `auto` copies the data of the source, `never` refuses. */
  seed: z.enum(['auto', 'never']).default('auto'),
  /** The time limit for executing everything that the source had when it was asked; default 60,000. */
  lagLimitMs: z.int().min(0).refine(isWholeSeconds, wholeSeconds).default(60_000),
  /** How the server itself connects to its source again. (The task option `retry` repeats the task.) */
  reconnect: z
    .strictObject({
      /** How often it tries; default 86,400. MariaDB takes this from its configuration (`master-retry-count`). */
      attempts: z.int().min(1).default(86_400),
      /** How long it waits between two tries; default 2,000. */
      delayMs: z.int().min(1000).max(3_600_000).refine(isWholeSeconds, wholeSeconds).default(2000),
    })
    .prefault({}),
  /** How long it may take to start and to catch up after a change; default 300,000. (`timeoutMs` ends it without an explanation.) */
  withinMs: z.int().min(1000).default(300_000),
})

/** What a `mysqlReplica` task desires, with defaults filled in. */
export type MysqlReplicaDesired = z.output<typeof mysqlReplicaSchema>
