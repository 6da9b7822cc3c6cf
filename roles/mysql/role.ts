/** MySQL and MariaDB: one primary, replicas over TLS, and a daemon that tells who is writable. */

import { apt, defineRole, service, type TaskList } from 'foobar-deploy'
import { accountTasks } from './accounts.ts'
import { certificateTasks, issuesCertificates } from './certificates.ts'
import { configurationTasks } from './configuration.ts'
import { hardeningTask } from './hardening.ts'
import { healthTasks } from './health.ts'
import { openingsOf } from './openings.ts'
import { failover } from './operations/failover.ts'
import { rejoin } from './operations/rejoin.ts'
import { switchover } from './operations/switchover.ts'
import { type Place, placeOf } from './place.ts'
import { replicationTasks } from './replication.ts'
import { serverIdTask } from './server-id.ts'
import { databaseServer } from './server-state.ts'
import { mysqlStanding } from './standing.ts'
import { databaseProbe } from './status.ts'
import { mysqlVariables } from './variables.ts'
import { openTask, writableArguments, writableTasks } from './writable.ts'

/**
 * Installs MySQL or MariaDB, whichever the host’s release has, on all hosts of a group. One is written to, the others
 * replicate from it. A server never comes back writable by itself next to another that is.
 *
 * @example
 * ```ts
 * import { secret } from 'foobar-deploy'
 * import { mysql } from 'foobar-deploy/roles/mysql'
 *
 * mysql({
 *   primary: 'web1',
 *   replication: { password: secret('mysql.replication') },
 *   tls: { authority: secret('tls.authority') },
 *   databases: [{ name: 'notes' }],
 *   users: [{ name: 'app', password: secret('mysql.app'), grants: { 'notes.*': ['ALL'] } }],
 * })
 * ```
 */
export const mysql = defineRole({
  name: 'mysql',
  variables: mysqlVariables,
  tasks: ({ vars, host, hosts }) => tasksFor(placeOf(vars, host, hosts)),
  opens: openingsOf,
  facts: [databaseServer],
  operations: { switchover, failover, rejoin },
  status: ({ vars, host, hosts }) => [
    databaseProbe(placeOf(vars, host, hosts).isPrimary ? 'primary' : 'replica', vars.health.port),
  ],
})

function tasksFor(place: Place): TaskList {
  const { host, release, isPrimary, vars } = place
  return [
    mysqlStanding({
      title: 'mysql has its declared role',
      host: host.name,
      role: isPrimary ? 'primary' : 'replica',
      flavor: release.flavor,
      peers: writableArguments(place),
      ...(place.contradiction === undefined ? {} : { contradiction: place.contradiction }),
    }),
    hardeningTask(place),
    apt({ packages: [...release.packages, ...(issuesCertificates(vars) ? ['openssl'] : [])] }),
    certificateTasks(place),
    serverIdTask(place),
    configurationTasks(place),
    service({ name: release.unit, running: true, enabled: true }),
    writableTasks(place),
    isPrimary ? [openTask(place), accountTasks(place)] : replicationTasks(place),
    healthTasks(place),
  ]
}
