/** Exporters: what Prometheus is told of a host, its database server and its Nginx, on the host's own address alone. */

import { apt, defineRole, directory, file, handler, service } from 'foobar-deploy'
import { endpoint, exporterTasks } from './exporter.ts'
import { metricsFolder, ownMetricsTasks } from './own-metrics.ts'
import { exportersVariables } from './variables.ts'

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
    const { isDatabase, isWeb } = kindsOf(vars, host.groups)
    const listen = (port: number) => `--web.listen-address=${endpoint(host.address, port)}`
    return [
      apt({ packages: isDatabase ? ['openssl', 'curl'] : ['openssl'] }),
      exporterTasks(node, [
        listen(vars.nodePort),
        // Who has a virtual address is asked of the kernel each time.
        '--collector.netdev.address-info',
        `--collector.textfile.directory=${metricsFolder}`,
        ...vars.nodeArguments,
      ]),
      isDatabase && [
        directory({ path: '/etc/prometheus', owner: 'root', group: 'root', mode: '0755' }),
        file({
          path: credentials,
          content: `[client]\nuser=${vars.mysqldUser}\nsocket=${vars.mysqldSocket}\n`,
          owner: 'root',
          group: 'root',
          mode: '0644',
          notify: handler(`restart ${database}`, service.restart(database)),
        }),
        exporterTasks(database, [listen(vars.mysqldPort), `--config.my-cnf=${credentials}`, ...vars.mysqldArguments]),
      ],
      isWeb && exporterTasks(web, [listen(vars.nginxPort), `--nginx.scrape-uri=${vars.nginxStatusUrl}`]),
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

function kindsOf(
  { databaseGroup, webGroup }: { readonly databaseGroup: string; readonly webGroup: string },
  groups: readonly string[],
): { readonly isDatabase: boolean; readonly isWeb: boolean } {
  return { isDatabase: groups.includes(databaseGroup), isWeb: groups.includes(webGroup) }
}
