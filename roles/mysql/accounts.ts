/** Databases and users: those of the variables, and those that replication, monitoring and the health daemon need. */

import { mysqlDatabase, mysqlDialect, mysqlUser, type TaskList } from 'foobar-deploy'
import type { Place } from './place.ts'
import type { Flavor } from './releases.ts'

/** The user of the health daemon, on the host and in the server. */
export const healthUser = 'mysql-health'

// What lets a user see how replication is doing.
const seeReplication: Readonly<Record<Flavor, string>> = { mysql: 'REPLICATION CLIENT', mariadb: 'SLAVE MONITOR' }

/** The tasks for databases and users; replicas get theirs from the primary. */
export function accountTasks({ vars, release, tls, hasPeers }: Place): TaskList {
  const { flavor, version } = release
  const { replicaPrivileges } = mysqlDialect(flavor === 'mariadb' ? `${version}.0-MariaDB` : `${version}.0`)
  return [
    vars.databases.map((database) => mysqlDatabase(database)),
    mysqlUser({
      name: healthUser,
      host: 'localhost',
      plugin: 'auth_socket',
      grants: { '*.*': [seeReplication[flavor]] },
    }),
    vars.exporterUser !== false &&
      mysqlUser({
        name: vars.exporterUser,
        host: 'localhost',
        plugin: 'auth_socket',
        grants: {
          '*.*': ['PROCESS', 'REPLICATION CLIENT', seeReplication[flavor]],
          'performance_schema.*': ['SELECT'],
        },
      }),
    hasPeers &&
      vars.replication &&
      mysqlUser({
        name: vars.replication.user,
        host: '%',
        password: vars.replication.password,
        grants: { '*.*': [...replicaPrivileges] },
        requireTls: tls !== undefined,
      }),
    vars.users.map((user) => mysqlUser(user)),
  ]
}
