/** HAProxy: the site on all its hosts, TLS, endpoints for the database; judged by `haproxy -c`, reloads only. */

import {
  apt,
  assert,
  certificate,
  command,
  configFiles,
  defineRole,
  directory,
  file,
  type Host,
  handler,
  haproxyServer,
  render,
  service,
  systemdUnit,
} from 'foobar-deploy'
import { configurationOf } from './configuration.ts'
import { hardeningTask } from './hardening.ts'
import { backendsProbe } from './status.ts'
import { certificateRoot } from './tls.ts'
import { type HaproxyVariables, haproxyVariables } from './variables.ts'

const reloadScript = '/etc/haproxy/reload.sh'
const ownedByRoot = { owner: 'root', group: 'root', mode: '0644' } as const

/**
 * Balances a site over the hosts of a group, with health checks and TLS, and gives the host endpoints for its database.
 *
 * @example
 * ```ts
 * import { haproxy } from 'foobar-deploy/roles/haproxy'
 *
 * haproxy({
 *   check: { path: '/readyz', host: 'www.foobar.com' },
 *   tls: { certificates: [{ bundle: '/etc/ssl/private/foobar.pem' }] },
 *   database: {},
 * })
 * ```
 */
export const haproxy = defineRole({
  name: 'haproxy',
  variables: haproxyVariables,
  tasks: ({ vars, host, hosts }) => {
    const reload = vars.running ? handler('reload haproxy', command({ run: `sh ${reloadScript}`, always: true })) : []
    const servers = serversOf(vars, hosts)
    const issued = (vars.tls?.certificates ?? []).flatMap((one) => ('authority' in one ? [one] : []))
    return [
      assert({
        that: hosts(vars.webGroup).length > 0,
        message: `HAProxy has no servers: there are no hosts in group ${vars.webGroup}, which webGroup names`,
      }),
      hardeningTask(vars.hardened),
      apt({ packages: [...new Set([...vars.packages, ...(issued.length > 0 ? ['openssl'] : [])])] }),
      issued.length > 0 && directory({ path: certificateRoot, owner: 'root', group: 'root', mode: '0700' }),
      issued.map(({ name, ...wanted }) => {
        const base = `${certificateRoot}/${name}`
        return certificate({
          ...wanted,
          path: `${base}.crt`,
          keyPath: `${base}.key`,
          bundlePath: `${base}.pem`,
          notify: reload,
        })
      }),
      // Whoever reloads it: what is known of the servers goes over to the new process.
      systemdUnit({
        name: 'haproxy.service',
        dropIn: 'server-state',
        sections: {
          Service: {
            ExecStartPre: "/bin/sh -c 'echo 1 >/run/haproxy/server-state'",
            ExecReload: [
              '',
              '/usr/sbin/haproxy -Ws -f $CONFIG -c -q $EXTRAOPTS',
              '-/usr/bin/perl /etc/haproxy/save-server-state.pl',
              '/bin/kill -USR2 $MAINPID',
            ],
          },
        },
      }),
      file({
        ...ownedByRoot,
        path: reloadScript,
        content: render('./templates/reload.sh.ejs', { socket: vars.socket }),
      }),
      configFiles({
        ...ownedByRoot,
        title: 'haproxy configuration',
        path: '/etc/haproxy',
        files: configurationOf(vars, { host, hosts }),
        validate: 'haproxy -c -f /etc/haproxy/haproxy.cfg',
        ...(vars.running ? { activate: `sh ${reloadScript}` } : {}),
      }),
      service({ name: 'haproxy', running: vars.running, enabled: vars.enabled }),
      // What a run that died has drained.
      vars.running &&
        servers.map(({ backend, server }) =>
          haproxyServer({ backend, server, state: 'ready', waitMs: 0, ifRunning: true, socket: vars.socket }),
        ),
    ]
  },
  opens: ({ vars, hosts }) => [
    { name: 'http', port: vars.httpPort, from: vars.openTo },
    ...(vars.tls ? [{ name: 'https', port: vars.httpsPort, from: vars.openTo }] : []),
    { name: 'haproxy metrics', port: vars.statsPort, from: hosts(vars.monitoringGroup).map(({ address }) => address) },
    ...vars.frontends.flatMap(({ name, binds, openTo }) =>
      openTo.length === 0 ? [] : binds.map(({ port }) => ({ name: name.replaceAll(':', '-'), port, from: openTo })),
    ),
  ],
  status: ({ vars }) => [backendsProbe(vars.socket)],
})

function serversOf({ webGroup, database, backends }: HaproxyVariables, hosts: (group?: string) => readonly Host[]) {
  const of = (backend: string, group: string) => hosts(group).map(({ name }) => ({ backend, server: name }))
  return [
    ...of('web', webGroup),
    ...(database ? [...of('mysql-write', database.group), ...of('mysql-read', database.group)] : []),
    ...backends.flatMap(({ name, servers }) => servers.map((one) => ({ backend: name, server: one.name }))),
  ]
}
