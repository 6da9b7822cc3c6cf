/** Endpoints for the database: one that follows the writable server, one for its replicas. */

import { z } from 'foobar-deploy'
import { port, seconds, word } from './words.ts'

export const database = z
  .strictObject({
    /** The hosts with a database server. */
    group: z.string().min(1).default('database'),
    /** The port of the servers. */
    port: port.default(3306),
    /** The port of their health endpoint: `/write` answers 200 if the server is writable, `/read` if it is a healthy replica. */
    healthPort: port.default(9200),
    /** The address on which the endpoints listen. */
    address: word.default('127.0.0.1'),
    /** The port of the writable server. */
    writePort: port.default(6446),
    /** The port of the replicas, or of the writable server if no replica is healthy. */
    readPort: port.default(6447),
    /** How often a server is checked. */
    intervalSeconds: seconds.default(0.5),
    /** Maximum inactivity of a connection. */
    idleSeconds: seconds.default(28_800),
  })
  .meta({ title: 'database' })
