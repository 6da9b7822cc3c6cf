/** What is scraped: the hosts of each group under their names. */

import type { Host } from 'foobar-deploy'
import type { PrometheusVariables } from './variables.ts'

/** Metrics of one kind, and where they are. */
export interface Scrape {
  readonly name: string
  readonly path: string
  readonly scheme: 'http' | 'https'
  readonly targets: readonly { readonly endpoint: string; readonly labels: Readonly<Record<string, string>> }[]
}

/** Which hosts are watched for what. */
export interface Watched {
  readonly nodes: readonly Host[]
  readonly databases: readonly Host[]
  readonly webs: readonly Host[]
  readonly balancers: readonly Host[]
  readonly monitoring: readonly Host[]
}

/** The hosts of each group. */
export function watchedBy(vars: PrometheusVariables, hosts: (group?: string) => readonly Host[]): Watched {
  return {
    nodes: hosts(),
    databases: hosts(vars.databaseGroup),
    webs: hosts(vars.webGroup),
    balancers: hosts(vars.balancerGroup),
    monitoring: hosts(vars.monitoringGroup),
  }
}

/** Everything that is scraped; `instance` is the host's name, whatever the port. */
export function scrapesOf(vars: PrometheusVariables, watched: Watched): Scrape[] {
  const { ports } = vars
  const of = (name: string, hosts: readonly Host[], port: number): Scrape => ({
    name,
    path: '/metrics',
    scheme: 'http',
    targets: hosts.map((host) => ({ endpoint: endpoint(host.address, port), labels: { instance: host.name } })),
  })
  const more = vars.targets.map(
    ({ targets, labels, ...rest }): Scrape => ({ ...rest, targets: targets.map((one) => ({ endpoint: one, labels })) }),
  )
  return [
    of('prometheus', watched.monitoring, vars.port),
    of('node', watched.nodes, ports.node),
    of('mysqld', watched.databases, ports.mysqld),
    of('nginx', watched.webs, ports.nginx),
    of('haproxy', watched.balancers, ports.haproxy),
    ...more,
  ].filter(({ targets }) => targets.length > 0)
}

/** An address with a port; those of IPv6 are in brackets. */
export function endpoint(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
