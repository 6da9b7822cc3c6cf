/** The user of a host's first shell, who has the lock and the record of pending handlers. */

import type { Inventory } from '../../model/inventory.ts'
import type { CompiledPlaybook } from './compile-plays.ts'
import type { CompiledNode } from './compiled-play.ts'
import type { Declared } from './declare-plays.ts'
import { isFor } from './host-roles.ts'

/**
 * Root where any play or task of the host becomes root, so that two runs meet at one lock, whoever logs in; else the user
 * of the first play that is for the host. Neither tags nor the order of plays change it.
 */
export function firstUser(
  inventory: Inventory,
  declared: Declared,
  ahead: CompiledPlaybook,
  host: string,
): string | undefined {
  const plays = (declared.hosts.get(host)?.plays ?? []).filter((play) => isFor(inventory, play, host))
  const users = plays.map(({ become = 'root' }) => (become === false ? undefined : become))
  const isRoots = ahead.plays.some(({ nodes }) => hasRoot(nodes.get(host) ?? []))
  return isRoots || users.length === 0 || users.includes('root') ? 'root' : users[0]
}

function hasRoot(nodes: readonly CompiledNode[]): boolean {
  return nodes.some((node) => {
    switch (node.kind) {
      case 'task':
        return (
          node.user === 'root' || node.task.notify.some(({ tasks }) => tasks.some(({ become }) => become === 'root'))
        )
      case 'block':
        return hasRoot([...node.nodes, ...(node.rescue ?? []), ...node.always])
      case 'revertible':
        return hasRoot(node.nodes)
      default:
        return false
    }
  })
}
