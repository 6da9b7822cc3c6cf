/** Exporters: what Prometheus is told of a host, its database server and its Nginx, on the host's own address alone. */

import { apt, defineRole, directory, file, type Host } from 'foobar-deploy'
import { argumentTasks, type Exporter, endpoint, restartOf, unitTasks } from './exporter.ts'
import { sandbox, sandboxOfNode } from './hardening.ts'
import { metricsFolder, ownMetricsTasks } from './own-metrics.ts'
import { type ExportersVariables, exportersVariables } from './variables.ts'

const database = 'prometheus-mysqld-exporter'
const web = 'prometheus-nginx-exporter'
const node = 'prometheus-node-exporter'
const credentials = '/etc/prometheus/mysqld-exporter.cnf'

/**
 * Gives a host the exporters of the distribution: of the host itself, of MySQL or MariaDB where it is a database host, and
 * of Nginx where it is a web host. They listen on the host's address, and only Prometheus is let in.
 *
 * @example
 * ```ts
 * import { exporters } from 'foobar-deploy/roles/exporters'
 *
 * exporters({ certificates: ['/etc/haproxy/foobar.pem'] })
 * ```
 */
export const exporters = defineRole({
  name: 'exporters',
  variables: exportersVariables,
  tasks: ({ vars, host, hosts }) => {
    const wanted = exportersOf(vars, host)
    const { isDatabase } = kindsOf(vars, host.groups)
    return [
      isDatabase && [
        directory({ path: '/etc/prometheus', owner: 'root', group: 'root', mode: '0755' }),
        file({
          path: credentials,
          // The server goes by the socket. Exporters before 0.15 do not start without a password.
          content: `[client]\nuser=${vars.mysqldUser}\npassword=none\nsocket=${vars.mysqldSocket}\n`,
          owner: 'root',
          group: 'root',
          mode: '0644',
          notify: restartOf(database),
        }),
      ],
      // They are there before the packages, which start their programs at once: none ever listens anywhere else.
      wanted.map(argumentTasks),
      apt({ packages: [...wanted.map(({ name }) => name), 'openssl', ...(isDatabase ? ['curl'] : [])] }),
      wanted.map((one) => unitTasks(one, vars.hardened)),
      ownMetricsTasks(vars, host, hosts(vars.databaseGroup)),
    ]
  },
  opens: ({ vars, host, hosts }) => {
    const { isDatabase, isWeb } = kindsOf(vars, host.groups)
    const from = [...hosts(vars.monitoringGroup).map(({ address }) => address), ...vars.from]
    return [
      { name: 'node exporter', port: vars.nodePort, from },
      ...(isDatabase ? [{ name: 'mysqld exporter', port: vars.mysqldPort, from }] : []),
      ...(isWeb ? [{ name: 'nginx exporter', port: vars.nginxPort, from }] : []),
    ]
  },
})

function exportersOf(vars: ExportersVariables, { address, groups }: Host): Exporter[] {
  const { isDatabase, isWeb } = kindsOf(vars, groups)
  const listen = (port: number) => `--web.listen-address=${endpoint(address, port)}`
  const ofNode = [
    listen(vars.nodePort),
    // Who has a virtual address is asked of the kernel each time.
    '--collector.netdev.address-info',
    `--collector.textfile.directory=${metricsFolder}`,
    ...vars.nodeArguments,
  ]
  const ofDatabase = [listen(vars.mysqldPort), `--config.my-cnf=${credentials}`, ...vars.mysqldArguments]
  const ofWeb = [listen(vars.nginxPort), `--nginx.scrape-uri=${vars.nginxStatusUrl}`]
  return [
    { name: node, args: ofNode, sandbox: sandboxOfNode },
    ...(isDatabase ? [{ name: database, args: ofDatabase, sandbox }] : []),
    ...(isWeb ? [{ name: web, args: ofWeb, sandbox }] : []),
  ]
}

function kindsOf(
  { databaseGroup, webGroup }: { readonly databaseGroup: string; readonly webGroup: string },
  groups: readonly string[],
): { readonly isDatabase: boolean; readonly isWeb: boolean } {
  return { isDatabase: groups.includes(databaseGroup), isWeb: groups.includes(webGroup) }
}
