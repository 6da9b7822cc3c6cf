/** What sites may not be beside one another: nginx would take one and drop the other, mostly without a word. */

import { fileNameOf, type NginxSite, portOf } from './site.ts'

/** Something wrong with a site, by its place in the list. */
export interface SiteProblem {
  readonly path: (string | number)[]
  readonly message: string
}

/** A port on which a site answers. */
export interface Listener {
  readonly port: number
  /** For nothing but redirecting to HTTPS. */
  readonly isRedirect: boolean
}

/** Where a site listens: on its port, and on 80 for those who come without TLS. */
export function listenersOf(site: NginxSite): Listener[] {
  const port = portOf(site)
  const own = { port, isRedirect: false }
  return site.tls?.redirectHttp && port !== 80 ? [own, { port: 80, isRedirect: true }] : [own]
}

/** Whether a site is what answers on a port when no name fits. A redirect gives way to a site. */
export function isDefaultOn(site: NginxSite, listener: Listener, all: readonly NginxSite[]): boolean {
  if (!site.default || !listener.isRedirect) return site.default
  return !all.some(
    (other) => other !== site && other.default && portOf(other) === listener.port && overlap(site, other),
  )
}

/** What is wrong with the sites together. */
export function checkSites(sites: readonly NginxSite[]): SiteProblem[] {
  return sites.flatMap((site, index) =>
    sites
      .slice(0, index)
      .flatMap((earlier, at) =>
        conflicts(site, earlier, at).map(({ path, message }) => ({ path: [index, ...path], message })),
      ),
  )
}

function conflicts(site: NginxSite, earlier: NginxSite, at: number): SiteProblem[] {
  const problems: SiteProblem[] = []
  if (fileNameOf(site) === fileNameOf(earlier)) {
    problems.push({
      path: ['name'],
      message: `sites ${at} has the same file ${fileNameOf(site)}; give one another name`,
    })
  }
  if (!overlap(site, earlier)) return problems
  if (site.default && earlier.default && portOf(site) === portOf(earlier)) {
    problems.push({ path: ['default'], message: `sites ${at} is the default of port ${portOf(site)} already` })
  }
  for (const listener of listenersOf(site)) {
    const same = listenersOf(earlier).find(({ port }) => port === listener.port)
    if (same && site.proxyProtocol !== earlier.proxyProtocol) {
      problems.push({
        path: ['proxyProtocol'],
        message: `sites ${at} has port ${listener.port} ${site.proxyProtocol ? 'without it' : 'with it'}; a port has it or has it not`,
      })
    }
    const shared = site.serverNames.filter((name) => earlier.serverNames.includes(name))
    if (!same || shared.length === 0) continue
    const hint = same.isRedirect || listener.isRedirect ? '; say redirectHttp: false for the one with tls' : ''
    problems.push({
      path: ['serverNames'],
      message: `sites ${at} has ${shared.join(', ')} on port ${listener.port} already${hint}`,
    })
  }
  return problems
}

function overlap(one: NginxSite, other: NginxSite): boolean {
  return (
    one.addresses.join() === other.addresses.join() ||
    one.addresses.some((address) => other.addresses.includes(address))
  )
}
