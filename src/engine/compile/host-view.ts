/** Hosts as roles see them: with facts those of the run that were reached, and all others without. */

import { FoobarDeployError } from '../../errors.ts'
import type { Facts } from '../../model/facts.ts'
import type { Host } from '../../model/host.ts'
import { groupsOf, type Inventory } from '../../model/inventory.ts'
import { refuse } from '../../model/problem.ts'
import { effectiveVars } from '../../model/vars.ts'
import { FactsNeeded } from './collect-problems.ts'
import type { Declared } from './declare-plays.ts'

/**
 * Gives any host of the inventory by its name. Without `facts` nothing is known of any yet, and what asks for that is
 * put off by {@link FactsNeeded}.
 */
export function createHostView(
  inventory: Inventory,
  declared: Declared,
  facts: ReadonlyMap<string, Facts> | undefined,
): (name: string) => Host {
  const view = (name: string): Host => {
    const own = declared.hosts.get(name)
    const known = () => {
      if (own && !facts) throw new FactsNeeded()
      return facts?.get(name)
    }
    return {
      name,
      address: inventory.hosts[name]?.address ?? name,
      groups: groupsOf(inventory, name),
      get vars() {
        return own?.hostVars ?? varsOutside(inventory, declared, name)
      },
      get reached() {
        return known() !== undefined
      },
      get facts() {
        return known() ?? fail(name, own !== undefined)
      },
    }
  }
  const seen = new Map<string, Host>()
  return (name) => {
    const host = seen.get(name) ?? view(name)
    seen.set(name, host)
    return host
  }
}

// Only a role that asks is told what is wrong with a host that the run is not about.
function varsOutside(inventory: Inventory, { overrides }: Declared, name: string): Record<string, unknown> {
  const { hostVars, problems } = effectiveVars(inventory, name, overrides)
  refuse(problems)
  return hostVars
}

function fail(name: string, isInRun: boolean): never {
  throw new FoobarDeployError('definition', 'facts-unknown', 'The facts of a host are not known', {
    detail: `${name} ${isInRun ? 'could not be reached' : 'is not in this run'}`,
    hint: 'Take its `address` or `vars`, which the inventory tells, or ask for `reached` before `facts`; or make the run on that host too.',
  })
}
