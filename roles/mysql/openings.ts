/** Who may come: to the server its peers and clients, to the health daemon its peers and the balancers. */

import type { Host, RoleContext } from 'foobar-deploy'
import type { MysqlVariables } from './variables.ts'

/** What the role opens. */
export function openingsOf({ vars, host, hosts }: Pick<RoleContext<MysqlVariables>, 'vars' | 'host' | 'hosts'>) {
  const addresses = (groups: readonly string[], more: readonly string[] = []) => {
    const others = groups.flatMap((group) => hosts(group)).filter(({ name }: Host) => name !== host.name)
    return [...new Set([...others.map(({ address }) => address), ...more])]
  }
  return [
    { name: 'mysql', port: vars.port, from: addresses([vars.group, ...vars.clients], vars.clientsFrom) },
    { name: 'mysql health', port: vars.health.port, from: addresses([vars.group, ...vars.balancers]) },
  ]
}
