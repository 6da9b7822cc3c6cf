/** A replica of the primary: seeded with its data where that is needed, over TLS with the certificate checked. */

import { mysqlReplica, type TaskList } from 'foobar-deploy'
import type { Place } from './place.ts'

/** The task of a replica. */
export function replicationTasks({ vars, primary, tls }: Place): TaskList {
  if (!vars.replication || !tls) return []
  const { user, password, lagLimitSeconds } = vars.replication
  return [
    mysqlReplica({
      title: 'mysql replication',
      source: { host: primary.address, port: vars.port },
      user,
      password,
      tls: { caPath: tls.authority },
      lagLimitMs: lagLimitSeconds * 1000,
      withinMs: Math.max(300, vars.waitSeconds) * 1000,
    }),
  ]
}
