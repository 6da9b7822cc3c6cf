/** Databases and users: those of the variables, and those that replication, monitoring and the health daemon need. */

import { mysqlDatabase, mysqlUser, type TaskList } from 'foobar-deploy'
import { mysqlDialect } from 'foobar-deploy/mysql'
import { accountHostsOf, clientHostsOf } from './account-hosts.ts'
import type { Place } from './place.ts'
import type { Flavor } from './releases.ts'

/** The user of the health daemon, on the host and in the server. */
export const healthUser = 'mysql-health'

// What lets a user see how replication is doing.
const seeReplication: Readonly<Record<Flavor, string>> = { mysql: 'REPLICATION CLIENT', mariadb: 'SLAVE MONITOR' }

/** The tasks for databases and users; replicas get theirs from the primary. */
export function accountTasks(place: Place): TaskList {
  const { vars, release, tls, hasPeers } = place
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
      fromHosts(
        vars.replication.user,
        vars.replication.hosts ?? accountHostsOf(place.members, 'replication: { hosts: [...] }'),
        {
          password: vars.replication.password,
          grants: { '*.*': [...replicaPrivileges] },
          requireTls: tls !== undefined,
        },
      ),
    userTasks(place),
  ]
}

type UserOptions = Omit<Parameters<typeof mysqlUser>[0], 'name' | 'host'>

/** A user that may come from these hosts, and no longer from everywhere as in earlier versions of the role. */
function fromHosts(name: string, hosts: readonly string[], options: UserOptions): TaskList {
  return [
    hosts.map((host) => mysqlUser({ name, host, ...options })),
    hosts.includes('%') ? [] : mysqlUser({ name, host: '%', state: 'absent' }),
  ]
}

function userTasks({ vars, clients, members }: Place): TaskList {
  const given = vars.users.filter(({ host }) => host !== undefined)
  return vars.users.map(({ socketOnly: _meant, host, name, ...options }) => {
    if (host !== undefined) return mysqlUser({ name, host, ...options })
    const isSocket = options.plugin === 'auth_socket' || options.plugin === 'unix_socket'
    if (isSocket) return mysqlUser({ name, host: 'localhost', ...options })
    const own = clientHostsOf(clients, vars.clientsFrom, members)
    const isGiven = (one: string) => given.some((other) => other.name === name && other.host === one)
    const hosts = own.filter((one) => !isGiven(one))
    return isGiven('%')
      ? hosts.map((one) => mysqlUser({ name, host: one, ...options }))
      : fromHosts(name, hosts, options)
  })
}
