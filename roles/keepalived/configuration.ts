/** The files of keepalived’s configuration, rendered from the variables for a host. */

import { type Host, type Rendered, render } from 'foobar-deploy'
import type { KeepalivedVariables } from './variables.ts'

/** The hosts among which addresses move. */
export interface Around {
  readonly host: Host
  hosts(group?: string): readonly Host[]
}

// keepalived 2.2 ends its test with SIGTERM to itself and its whole group, if programs run as another user than root; what
// it complains of it has said by then.
export const judge = `said=$(setsid -w keepalived -t -f /etc/keepalived/keepalived.conf 2>&1)
status=$?
case $status$said in
  0* | 143 | 143Terminated) ;;
  *) echo "$said" >&2; false ;;
esac`

/** The interface with the host’s own address, and the prefix of that. */
export function interfaceOf(vars: KeepalivedVariables, host: Host): { name: string; prefix: string } | undefined {
  for (const { name, addresses } of host.facts.interfaces) {
    const own = addresses.find((address) => address.split('/')[0] === host.address)
    if (vars.interface === name || (vars.interface === undefined && own !== undefined)) {
      const prefix = own ?? addresses.find((address) => !address.includes(':'))
      return { name, prefix: prefix?.split('/')[1] ?? '32' }
    }
  }
  return undefined
}

/** The files by their path below `/etc/keepalived`. */
export function configurationOf(vars: KeepalivedVariables, { host, hosts }: Around): Record<string, Rendered> {
  const all = hosts(vars.group)
  const found = interfaceOf(vars, host)
  const device = { name: vars.interface ?? found?.name ?? 'unknown', prefix: found?.prefix ?? '32' }
  const addresses = vars.virtualAddresses.map((address) => withPrefix(address, device.prefix))
  const isFirstKind = (address: string) => address.includes(':') === addresses[0]?.includes(':')
  return {
    'keepalived.conf': render('./templates/keepalived.conf.ejs', {
      vars,
      host: host.name,
      device: device.name,
      priority: priorityOf(all, host),
      // One instance speaks of addresses of one kind; those of the other kind go with them.
      addresses: addresses.filter(isFirstKind),
      excluded: addresses.filter((address) => !isFirstKind(address)),
      own: host.address,
      peers: vars.unicast ? all.filter(({ name }) => name !== host.name).map(({ address }) => address) : [],
      checked: vars.check ? { ...vars.check, address: vars.check.address ?? host.address } : undefined,
      intervalSeconds: vars.check ? intervalOf(vars.check.intervalSeconds, host) : 0,
    }),
    ...(vars.check ? { 'check-http.pl': render('./templates/check-http.pl.ejs', {}) } : {}),
  }
}

// Before keepalived 2.3, which Debian 13 and Ubuntu 25.04 have, scripts run every so many whole seconds.
function intervalOf(seconds: number, { facts: { os } }: Host): number {
  const version = os.version === '' ? Number.POSITIVE_INFINITY : Number(os.version)
  const isOld = (os.id === 'debian' && version < 13) || (os.id === 'ubuntu' && version < 25.04)
  return isOld ? Math.ceil(seconds) : seconds
}

function withPrefix(address: string, prefix: string): string {
  if (address.includes('/')) return address
  return `${address}/${address.includes(':') ? '64' : prefix}`
}

function priorityOf(all: readonly Host[], host: Host): number {
  const place = all.findIndex(({ name }) => name === host.name)
  return Math.max(1, 200 - 10 * Math.max(0, place))
}
