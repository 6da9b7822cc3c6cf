/** The pools of the driver for the two endpoints of the database. */

import { createPool } from 'mysql2/promise'
import type { Address, Configuration } from './configuration.ts'
import { type Endpoint, makeEndpoint, type Pool } from './endpoint.ts'

/** Both endpoints. Nothing is connected before it is needed, and what was lost is connected anew. */
export function connect({ database }: Configuration): { read: Endpoint; write: Endpoint } {
  const { name, user, password, ca, poolSize, timeoutMs, patienceMs, refusedPatienceMs } = database
  const endpoint = ({ host, port }: Address): Endpoint => {
    const pool = createPool({
      host,
      port,
      user,
      password,
      database: name,
      // The certificate must be signed by one of `ca`. Its name is not compared: the endpoints are addresses of a balancer.
      ...(ca === undefined ? {} : { ssl: { ca, rejectUnauthorized: true, minVersion: 'TLSv1.2' } }),
      charset: 'utf8mb4',
      timezone: 'Z',
      connectionLimit: poolSize,
      queueLimit: 20 * poolSize,
      connectTimeout: timeoutMs,
      enableKeepAlive: true,
      keepAliveInitialDelay: 10_000,
      // A connection to a server that is no longer the primary must not be kept for long.
      maxIdle: 2,
      idleTimeout: 30_000,
    })
    return makeEndpoint(pool as unknown as Pool, { timeoutMs, patienceMs, refusedPatienceMs })
  }
  return { read: endpoint(database.read), write: endpoint(database.write) }
}
