/** Nginx: typed sites, the whole configuration judged by `nginx -t` before any file of it is switched, reloads only. */

import { apt, configFiles, defineRole, type Host, handler, type Rendered, render, service } from 'foobar-deploy'
import { type NginxSite, type NginxVariables, nginxVariables } from './variables.ts'

/**
 * Installs nginx and serves the given sites. Debian’s default site is removed.
 *
 * @example
 * ```ts
 * import { nginx } from 'foobar-deploy/roles/nginx'
 *
 * nginx({ sites: [{ serverNames: ['www.foobar.com'], root: '/var/www/foobar' }] })
 * ```
 */
export const nginx = defineRole({
  name: 'nginx',
  variables: nginxVariables,
  tasks: ({ vars, host }) => {
    const reload = handler('reload nginx', service.reload('nginx'))
    return [
      apt({ packages: ['nginx'] }),
      configFiles({
        title: 'nginx configuration',
        root: '/etc/nginx',
        files: configurationOf(vars, host),
        absent: ['sites-enabled/default'],
        validate: 'nginx -t',
        notify: reload,
      }),
      service({ name: 'nginx', running: true, enabled: true }),
    ]
  },
})

// Files by their path under /etc/nginx.
function configurationOf(vars: NginxVariables, host: Host): Record<string, Rendered> {
  const ipv6 = vars.ipv6 ?? host.facts.interfaces.some(({ addresses }) => addresses.some((one) => one.includes(':')))
  const sites = vars.sites.map((site): [string, Rendered] => [
    `sites-enabled/${site.name ?? site.serverNames[0]}.conf`,
    render('./templates/site.conf.ejs', { site, ipv6, listen: listenOf(site, ipv6), http2: http2Of(site, host) }),
  ])
  return {
    'nginx.conf': render('./templates/nginx.conf.ejs', { vars }),
    ...(vars.upstreams.length > 0
      ? { 'conf.d/upstreams.conf': render('./templates/upstreams.conf.ejs', { upstreams: vars.upstreams }) }
      : {}),
    ...Object.fromEntries(sites),
  }
}

function listenOf({ port, tls, isDefault }: NginxSite, ipv6: boolean): string[] {
  const options = `${tls ? ' ssl' : ''}${isDefault ? ' default_server' : ''}`
  return [`${port}${options}`, ...(ipv6 ? [`[::]:${port}${options}`] : [])]
}

// `http2 on` came with nginx 1.25.1; Debian 12 and Ubuntu 24.04 have older ones, where HTTP/2 is left off.
function http2Of({ tls }: NginxSite, { facts }: Host): boolean {
  const older =
    (facts.os.id === 'debian' && facts.os.version === '12') ||
    (facts.os.id === 'ubuntu' && Number(facts.os.version) < 25)
  return tls !== undefined && !older
}
