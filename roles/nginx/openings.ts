/** What nginx lets in from outside: the ports of its sites. */

import { type Host, networksOf, type OpeningInput } from 'foobar-deploy'
import type { NginxSite } from './site.ts'
import { listenersOf } from './site-checks.ts'
import type { NginxVariables } from './variables.ts'

/** The openings, one a port; of sites that listen on this host alone there are none. */
export function openingsOf(
  { sites, openTo }: NginxVariables,
  hosts: (group: string) => readonly Host[],
): OpeningInput[] {
  const ports = new Set(sites.filter(isReachable).flatMap((site) => listenersOf(site).map(({ port }) => port)))
  const from = openTo === 'anyone' ? openTo : networksOf(openTo, hosts)
  return from.length === 0 ? [] : [...ports].sort((a, b) => a - b).map((port) => ({ name: 'nginx', port, from }))
}

function isReachable({ addresses }: NginxSite): boolean {
  return addresses.length === 0 || addresses.some((address) => !/^127\.|^::1$/.test(address))
}
