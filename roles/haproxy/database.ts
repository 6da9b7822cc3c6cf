/** Endpoints for the database: one that follows the writable server, one for its replicas. */

import { z } from 'foobar-deploy'
import { milliseconds, port, word } from './words.ts'

export const database = z
  .strictObject({
    /** The hosts with a database server. */
    group: z.string().min(1).default('database'),
    /** The port of the servers. */
    port: port.default(3306),
    /** The port of their health endpoint: `/write` answers 200 where it is writable, `/read` where it is a good replica. */
    healthPort: port.default(9200),
    /** The address on which the endpoints listen. */
    address: word.default('127.0.0.1'),
    /** The port that follows whichever server is writable. */
    writePort: port.default(6446),
    /** The port of the replicas, and of the writable server where none is well. */
    readPort: port.default(6447),
    /** How often a server is asked. */
    intervalMs: milliseconds.default(500),
    /** For which nothing may pass through a connection. */
    idleMs: milliseconds.default(28_800_000),
  })
  .meta({ title: 'database' })
