/** The files of nginx’s configuration, rendered from the variables for a host. */

import { type Host, type Rendered, render, Secret } from 'foobar-deploy'
import { securityHeaders } from './security-headers.ts'
import { fileNameOf, type NginxSite, portOf } from './site.ts'
import { isDefaultOn, type Listener, listenersOf } from './site-checks.ts'
import type { NginxVariables } from './variables.ts'
import { oneWord, quoted } from './words.ts'

type ExtraFile = NginxVariables['extraFiles'][string]
type Location = NginxSite['locations'][number]
type AccessLog = NginxVariables['accessLog']

/** The files by their path below `/etc/nginx`. */
export function configurationOf(vars: NginxVariables, host: Host): Record<string, Rendered | ExtraFile> {
  const logged = (log: AccessLog) => accessLogOf(log, vars)
  return {
    'nginx.conf': render('./templates/nginx.conf.ejs', {
      vars,
      quoted,
      oneWord,
      logged,
      securityHeaders: vars.sites.some((site) => site.securityHeaders) ? securityHeaders : [],
    }),
    ...Object.fromEntries(
      vars.sites.map((site) => [
        `sites-enabled/${fileNameOf(site)}`,
        render('./templates/site.conf.ejs', {
          site,
          servers: serversOf(site, vars, host),
          oneWord,
          quoted,
          logged,
          headersOf: (location: Location) => ({ ...headersOf(site), ...location.headers }),
          headers: headersOf(site),
          proxyOf: (location: Location) => proxyOf(location, vars),
          redirect: redirectOf(site),
        }),
      ]),
    ),
    ...Object.fromEntries(Object.entries(vars.extraFiles).map(([path, file]) => [path, withMode(file)])),
  }
}

// What is secret is for root alone, unless it says for whom it is.
function withMode(file: ExtraFile): ExtraFile {
  const given = typeof file === 'string' || file instanceof Secret ? { content: file } : file
  return given.content instanceof Secret && given.mode === undefined ? { ...given, mode: '0600' } : given
}

interface Server {
  readonly listen: readonly string[]
  /** Whether the directive is known; before nginx 1.25.1, HTTP/2 is asked for where it listens. */
  readonly http2: boolean
  readonly isRedirect: boolean
  /** Where a redirect to HTTPS leads. */
  readonly secured: string
  /** The names that the redirect leads to; none where those of the site are patterns. */
  readonly names: readonly string[]
}

function serversOf(site: NginxSite, vars: NginxVariables, host: Host): Server[] {
  // Facts are asked for where they matter alone: gathering them is a round trip.
  const wantsHttp2 = site.tls?.http2 ?? false
  const isOld = wantsHttp2 && isOlderThanHttp2Directive(host)
  const port = portOf(site)
  const isPlain = site.serverNames.every((name) => /^[a-z\d-]+(\.[a-z\d-]+)*$/i.test(name))
  const names = isPlain ? site.serverNames.map((name) => name.toLowerCase()) : []
  return listenersOf(site).map((listener) => ({
    listen: listenOf(site, listener, vars, host, isOld),
    http2: wantsHttp2 && !isOld && !listener.isRedirect,
    isRedirect: listener.isRedirect,
    names,
    secured: `https://${names.length > 0 ? '$own' : '$host'}${port === 443 ? '' : `:${port}`}$request_uri`,
  }))
}

function listenOf(site: NginxSite, listener: Listener, vars: NginxVariables, host: Host, http2: boolean): string[] {
  const { port, isRedirect } = listener
  const secured = site.tls && !isRedirect ? ` ssl${http2 ? ' http2' : ''}` : ''
  const proxied = site.proxyProtocol ? ' proxy_protocol' : ''
  const options = `${secured}${proxied}${isDefaultOn(site, listener, vars.sites) ? ' default_server' : ''}`
  const given = site.addresses.map((address) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`))
  return (given.length > 0 ? given : everywhere(port, vars, host)).map((address) => `${address}${options}`)
}

function everywhere(port: number, { ipv6 }: NginxVariables, host: Host): string[] {
  const hasIpv6 = ipv6 ?? host.facts.interfaces.some(({ addresses }) => addresses.some((one) => one.includes(':')))
  return [`${port}`, ...(hasIpv6 ? [`[::]:${port}`] : [])]
}

// `http2 on` came with nginx 1.25.1; these have older ones.
function isOlderThanHttp2Directive({ facts: { os } }: Host): boolean {
  const version = Number(os.version)
  return version > 0 && ((os.id === 'debian' && version < 13) || (os.id === 'ubuntu' && version < 24.1))
}

function headersOf({ headers, tls, securityHeaders: isSecured }: NginxSite): Record<string, string> {
  const own = Object.keys(headers).map((name) => name.toLowerCase())
  const secured = isSecured ? securityHeaders.filter(({ name }) => !own.includes(name.toLowerCase())) : []
  return {
    ...(tls && tls.hstsSeconds > 0 ? { 'Strict-Transport-Security': `max-age=${tls.hstsSeconds}` } : {}),
    ...Object.fromEntries(secured.map(({ name, variable }) => [name, `$default_${variable}`])),
    ...headers,
  }
}

function redirectOf({ redirectTo }: NginxSite): string | undefined {
  if (redirectTo === undefined) return undefined
  const { to, status, keepPath } =
    typeof redirectTo === 'string' ? { to: redirectTo, status: 301, keepPath: true } : redirectTo
  return `${status} ${keepPath ? `${to.replace(/\/$/, '')}$request_uri` : to}`
}

function proxyOf({ proxyPass }: Location, { realIpFrom }: NginxVariables) {
  if (proxyPass === undefined) return undefined
  const { to, headers, buffering, ...timeouts } =
    typeof proxyPass === 'string' ? { to: proxyPass, headers: {}, buffering: true } : proxyPass
  const usual = {
    Host: '$host',
    Upgrade: '$http_upgrade',
    Connection: '$connection_upgrade',
    'X-Real-IP': '$remote_addr',
    'X-Forwarded-For': '$proxy_add_x_forwarded_for',
    'X-Forwarded-Proto': realIpFrom.length > 0 ? '$forwarded_proto' : '$scheme',
  }
  const own = Object.keys(headers).map((name) => name.toLowerCase())
  const kept = Object.entries(usual).filter(([name]) => !own.includes(name.toLowerCase()))
  return { to, buffering, timeouts: timeoutsOf(timeouts), headers: [...kept, ...Object.entries(headers)] }
}

// nginx’s own are 60 s each.
function timeoutsOf(given: Partial<Record<`${'connect' | 'read' | 'send'}TimeoutSeconds`, number>>): string[] {
  return (['connect', 'read', 'send'] as const).flatMap((phase) => {
    const seconds = given[`${phase}TimeoutSeconds`] ?? 60
    return seconds === 60 ? [] : [`proxy_${phase}_timeout ${seconds}s`]
  })
}

function accessLogOf(log: AccessLog, { accessLogFlushSeconds }: NginxVariables): string {
  if (log === false) return 'off'
  const { path, format } = typeof log === 'string' ? { path: log, format: 'combined' } : log
  return `${path} ${format}${accessLogFlushSeconds > 0 ? ` buffer=16k flush=${accessLogFlushSeconds}s` : ''}`
}
