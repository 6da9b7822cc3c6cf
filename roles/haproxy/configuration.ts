/** The files of HAProxy’s configuration, rendered from the variables for a host. */

import { type Host, type Rendered, render, Secret } from 'foobar-deploy'
import type { Backend } from './proxies.ts'
import { certificatePaths, ownNames, tlsDefaults } from './tls.ts'
import type { HaproxyVariables } from './variables.ts'
import { isAtLeast } from './version.ts'

/** The hosts that the configuration is made of. */
export interface Around {
  readonly host: Host
  hosts(group?: string): readonly Host[]
}

interface ConfigFile {
  readonly content: Rendered | Secret<string>
  readonly mode?: string
}

/** The files by their path below `/etc/haproxy`. */
export function configurationOf(vars: HaproxyVariables, around: Around): Record<string, ConfigFile | string> {
  const { host } = around
  const content = render('./templates/haproxy.cfg.ejs', {
    vars,
    at,
    ms,
    siteBinds: siteBindsOf(vars, host),
    tlsBind: tlsBindOf(vars),
    tlsDefaults: vars.tls ? tlsDefaults(vars.tls, host) : [],
    redirects: redirectsOf(vars),
    retries: vars.retryOn.join(' '),
    site: siteOf(vars, around),
    siteServerOptions: vars.forward === 'proxy-protocol' ? ['send-proxy-v2', 'check-send-proxy'] : [],
    databaseServers: databaseServersOf(vars, around),
    // Before it was looked at, a database server is not known to be the writable one.
    databaseStart: isAtLeast('3.1', host, vars.version) ? ['init-state down'] : [],
    statsAddress: vars.statsAddress ?? host.address,
  })
  const given = (vars.tls?.certificates ?? []).flatMap((one) => ('pem' in one ? [one] : []))
  return {
    'haproxy.cfg': content instanceof Secret ? { content, mode: '0600' } : { content },
    'save-server-state.pl': render('./templates/save-server-state.pl.ejs', { socket: vars.socket }) as string,
    ...Object.fromEntries(given.map(({ name, pem }) => [`certs/${name}.pem`, { content: pem, mode: '0600' }])),
    ...vars.extraFiles,
  }
}

/** An address and a port as HAProxy writes them; all addresses where none is given. */
function at(address: string | undefined, port: number): string {
  if (address === undefined) return `:${port}`
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** A time as HAProxy writes it, rounded up to its smallest. */
function ms(seconds: number): string {
  return `${Math.ceil(Number((seconds * 1000).toFixed(3)))}ms`
}

function siteBindsOf(
  { addresses, httpPort, httpsPort, ipv6, tls, acceptProxy }: HaproxyVariables,
  host: Host,
): string[] {
  const hasIpv6 = () => ipv6 ?? host.facts.interfaces.some(({ addresses: own }) => own.some((one) => one.includes(':')))
  const everywhere = (port: number) => [at(undefined, port), ...(hasIpv6() ? [`:::${port} v6only`] : [])]
  const on = (port: number) => (addresses.length > 0 ? addresses.map((address) => at(address, port)) : everywhere(port))
  const through = acceptProxy ? ' accept-proxy' : ''
  const secured = tls ? on(httpsPort).map((bind) => `${bind}${through} ${tlsBindOf({ tls })}`) : []
  return [...on(httpPort).map((bind) => `${bind}${through}`), ...secured]
}

function tlsBindOf({ tls }: Pick<HaproxyVariables, 'tls'>): string {
  if (!tls) return ''
  const certificates = certificatePaths(tls).map((path) => `crt ${path}`)
  return ['ssl', ...certificates, `alpn ${tls.http2 ? 'h2,http/1.1' : 'http/1.1'}`].join(' ')
}

/** From plain HTTP to HTTPS. What a client says of the host is repeated only where it is one of the site's own names. */
function redirectsOf({ tls, httpsPort }: HaproxyVariables): string[] {
  if (!tls?.redirectHttp) return []
  const host = 'req.hdr(Host),regsub(:[0-9]+$,),lower'
  const names = ownNames(tls).map((name) => (name.includes(':') ? `[${name}]` : name))
  const plain = names.filter((name) => !name.startsWith('*.'))
  const patterns = names
    .filter((name) => name.startsWith('*.'))
    .map((name) => `^[a-z0-9-]+${name.slice(1).replaceAll('.', '[.]')}$`)
  const to = (name: string) => `location https://${name}${httpsPort === 443 ? '' : `:${httpsPort}`}%[pathq] code 301`
  const [first] = plain
  return [
    ...(plain.length > 0 ? [`acl own_name ${host} -m str ${plain.join(' ')}`] : []),
    ...(patterns.length > 0 ? [`acl own_name ${host} -m reg ${patterns.join(' ')}`] : []),
    `http-request redirect ${to(`%[${host}]`)} if !{ ssl_fc } own_name`,
    first === undefined
      ? 'http-request deny deny_status 421 unless { ssl_fc }'
      : `http-request redirect ${to(first)} unless { ssl_fc }`,
  ]
}

/** The backend of the site: a server for each host. */
function siteOf(vars: HaproxyVariables, { hosts }: Around): Backend {
  const all = hosts(vars.webGroup)
  const active = vars.activeHost ?? all[0]?.name
  return {
    name: 'web',
    mode: 'http',
    balance: vars.balance,
    check: vars.check,
    extra: vars.extraBackend,
    servers: all.map(({ name, address }) => ({
      name,
      address,
      port: vars.webPort,
      weight: vars.weights[name] ?? 100,
      backup: vars.mode === 'active-passive' && name !== active,
      maxConnections: vars.serverMaxConnections,
    })),
  }
}

function databaseServersOf({ database }: HaproxyVariables, { hosts }: Around) {
  if (!database) return []
  return hosts(database.group).map(({ name, address }) => `${name} ${at(address, database.port)}`)
}
