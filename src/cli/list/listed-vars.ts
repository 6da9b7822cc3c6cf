/** The variables in force for a host as a flat list: path, value with secrets masked, and where it comes from. */

import type { Inventory } from '../../model/inventory.ts'
import { refuse } from '../../model/problem.ts'
import { effectiveVars, type VarOverride } from '../../model/vars.ts'
import { Secret } from '../../shell/secret.ts'

/** One variable. */
export interface ListedVar {
  readonly path: string
  /** As JSON; secrets are masked. */
  readonly value: unknown
  /** `inventory`, `group web`, `host web1`, `--var` or `default`. */
  readonly origin: string
}

/** The variables of `host`, the playbook's first. */
export function listedVars(inventory: Inventory, host: string, overrides: readonly VarOverride[]): ListedVar[] {
  const { vars, hostVars, origins, problems } = effectiveVars(inventory, host, overrides)
  refuse(problems)
  return [...leaves(vars, ''), ...leaves(hostVars, '')].map(([path, value]) => ({
    path,
    value: JSON.parse(JSON.stringify(value ?? null)),
    origin: originOf(path, origins),
  }))
}

function leaves(tree: Record<string, unknown>, prefix: string): [path: string, value: unknown][] {
  return Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
    const path = `${prefix}${key}`
    const isTree = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret)
    return isTree && Object.keys(value).length > 0
      ? leaves(value as Record<string, unknown>, `${path}.`)
      : [[path, value]]
  })
}

/** An object given by `--var` as a whole is the origin of its members. */
function originOf(path: string, origins: ReadonlyMap<string, string>): string {
  const own = origins.get(path)
  if (own !== undefined) return own
  const outer = path.lastIndexOf('.')
  return outer < 0 ? 'default' : originOf(path.slice(0, outer), origins)
}
