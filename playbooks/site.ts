/** The site www.foobar.com: balancers, web servers with the application, databases and monitoring, on two servers or more. */

import { authorityCertificate, definePlaybook, type Host } from 'foobar-deploy'
import { app } from 'foobar-deploy/roles/app'
import { base } from 'foobar-deploy/roles/base'
import { exporters } from 'foobar-deploy/roles/exporters'
import { firewall } from 'foobar-deploy/roles/firewall'
import { haproxy } from 'foobar-deploy/roles/haproxy'
import { keepalived } from 'foobar-deploy/roles/keepalived'
import { mysql } from 'foobar-deploy/roles/mysql'
import { nginx } from 'foobar-deploy/roles/nginx'
import { prometheus } from 'foobar-deploy/roles/prometheus'
import { siteVariables } from './site-variables.ts'

const authorityPath = '/etc/ssl/certs/foobar-authority.pem'
const certificatesOf = (groups: readonly string[]) => [
  ...(groups.includes('balancer') ? ['/etc/haproxy/certs/site.pem'] : []),
  ...(groups.includes('database') ? ['/etc/mysql/tls/server.crt'] : []),
]
const addressesOf = (hosts: readonly Host[]) => hosts.map(({ address }) => address)

export const site = definePlaybook({
  name: 'site',
  groups: ['balancer', 'web', 'database', 'monitoring'],
  variables: siteVariables,
  plays: ({ vars }) => [
    {
      name: 'Every host',
      hosts: 'all',
      roles: [base({ timezone: vars.timezone, admin: vars.admin }), firewall({ sshFrom: vars.sshFrom })],
    },
    {
      name: 'Databases',
      hosts: 'database',
      serial: 1,
      // Another database is not touched then. The balancers, the web servers and a release of the application do not depend on
      // it: who is writable is asked of each database, and a release must become ready before the next host gets it.
      onFailure: 'next-play',
      roles: [
        mysql({
          primary: vars.primary,
          replication: { password: vars.passwords.replication },
          semiSync: {},
          tls: { authority: vars.authority },
          databases: [{ name: 'app' }],
          users: [{ name: 'app', password: vars.passwords.app, grants: { 'app.*': ['ALL'] }, requireTls: true }],
        }),
      ],
    },
    {
      name: 'Balancers',
      hosts: 'balancer',
      serial: 1,
      roles: [
        haproxy({
          mode: vars.mode,
          check: { path: '/readyz', host: vars.domain },
          tls: {
            certificates: [
              vars.certificate
                ? { name: 'site', pem: vars.certificate }
                : { name: 'site', names: [vars.domain, vars.virtualAddress], authority: vars.authority },
            ],
            names: [vars.domain, vars.virtualAddress],
            hstsSeconds: vars.hstsSeconds,
          },
          database: {},
        }),
        keepalived({ virtualAddresses: [vars.virtualAddress], virtualRouterId: vars.virtualRouterId }),
      ],
    },
    {
      name: 'Web servers',
      hosts: 'web',
      serial: 1,
      roles: [
        (host, hosts) =>
          nginx({
            upstreams: [{ name: 'app', servers: [{ address: '127.0.0.1:3000' }] }],
            sites: [
              {
                name: 'site',
                serverNames: [vars.domain],
                default: true,
                addresses: [host.address],
                port: 8080,
                headers: { 'X-Served-By': host.name },
                securityHeaders: true,
                locations: [
                  { path: '/', proxyPass: 'http://app' },
                  { path: '/static/', alias: '/srv/foobar-app/current/public/', cacheSeconds: 300 },
                ],
              },
            ],
            realIpFrom: addressesOf(hosts('balancer')),
            openTo: ['balancer'],
            stubStatusPort: 8081,
          }),
        (_host, hosts) =>
          app({
            source: new URL('../app/', import.meta.url),
            environment: {
              DATABASE_NAME: 'app',
              DATABASE_USER: 'app',
              DATABASE_PASSWORD: vars.passwords.app,
              DATABASE_CA: authorityPath,
            },
            files: { [authorityPath]: authorityCertificate(vars.authority) },
            balancing: { balancers: hosts('balancer').map(({ name }) => name), backend: 'web' },
          }),
      ],
    },
    {
      name: 'Metrics',
      hosts: 'all',
      roles: [({ groups }) => exporters({ certificates: certificatesOf(groups) })],
    },
    {
      name: 'Monitoring',
      hosts: 'monitoring',
      roles: [prometheus({ virtualAddresses: [vars.virtualAddress], from: vars.monitoringFrom })],
    },
  ],
})
