/** Prometheus: scrapes the hosts of the inventory and knows what is worth an alert; judged by promtool before it is in force. */

import { apt, configFiles, defineRole, directory, file, handler, service, systemdUnit, waitFor } from 'foobar-deploy'
import { configurationOf } from './configuration.ts'
import { endpoint, scrapesOf, watchedBy } from './scrapes.ts'
import { alertProbe } from './status.ts'
import { prometheusVariables } from './variables.ts'

/**
 * Gives a host the Prometheus of its distribution. What is scraped follows from the groups of the inventory, the alerts
 * from what there is to go wrong. Configuration and rules are judged by promtool, switched together, and reloaded.
 *
 * @example
 * ```ts
 * import { prometheus } from 'foobar-deploy/roles/prometheus'
 *
 * prometheus({ virtualAddresses: ['198.51.100.10'], from: ['10.0.0.0/8'] })
 * ```
 */
export const prometheus = defineRole({
  name: 'prometheus',
  variables: prometheusVariables,
  tasks: ({ vars, host, hosts }) => {
    const own = endpoint(host.address, vars.port)
    // A signal to one that is not ready yet would end it.
    const ready = waitFor({ http: `http://${own}/-/ready`, withinMs: 120_000 })
    const restart = handler('restart prometheus', [service.restart('prometheus'), ready])
    const reload = handler('reload prometheus', [ready, service.reload('prometheus')])
    const args = [
      `--web.listen-address=${own}`,
      // Of what it knew before a power loss, no more than this counts as known.
      `--query.lookback-delta=${Math.max(30, 4 * vars.scrapeIntervalSeconds)}s`,
      `--storage.tsdb.retention.time=${vars.retentionDays}d`,
      ...(vars.retentionSize === undefined ? [] : [`--storage.tsdb.retention.size=${vars.retentionSize}`]),
      ...vars.arguments,
    ]
    return [
      // The package starts it at once: on no other address, and without Debian's example, of which it would remember targets.
      directory({ path: '/etc/prometheus', owner: 'root', group: 'root', mode: '0755' }),
      file({ path: '/etc/prometheus/prometheus.yml', content: 'scrape_configs: []\n', overwrite: false }),
      file({
        path: '/etc/default/prometheus',
        content: `# Written by foobar-deploy: changes are lost.\nARGS="${args.join(' ')}"\n`,
        owner: 'root',
        group: 'root',
        mode: '0644',
        notify: restart,
      }),
      apt({ packages: ['prometheus'] }),
      systemdUnit({ name: 'prometheus', dropIn: 'foobar-deploy', sections: withNetwork, notify: restart }),
      configFiles({
        title: 'prometheus configuration',
        path: '/etc/prometheus',
        files: configurationOf(vars, watchedBy(vars, hosts)),
        owner: 'root',
        group: 'root',
        mode: '0644',
        exclusiveIn: ['rules'],
        validate: 'promtool check config /etc/prometheus/prometheus.yml',
        notify: reload,
      }),
      service({ name: 'prometheus', running: true, enabled: true }),
    ]
  },
  opens: ({ vars, hosts }) => {
    const from = [...hosts(vars.monitoringGroup).map(({ address }) => address), ...vars.from]
    return [{ name: 'prometheus', port: vars.port, from }]
  },
  status: ({ vars, host, hosts }) => [
    alertProbe(endpoint(host.address, vars.port), scrapesOf(vars, watchedBy(vars, hosts))),
  ],
})

// Its address is not there before the network is; it waits, and is not given up when it cannot have it.
const withNetwork = {
  Unit: { Wants: 'network-online.target', After: 'network-online.target', StartLimitIntervalSec: 0 },
  Service: { Restart: 'always', RestartSec: 2 },
}
