/** Variables in force: defaults < inventory < group < host < `--var`, merged and checked for each host. */

import type { z } from 'zod'
import { definedOnly } from '../errors.ts'
import { groupsOf, type Inventory } from './inventory.ts'
import { type Problem, problemsOf } from './problem.ts'

/** A variable given on the command line: a path such as `mysql.port`, and text. */
export interface VarOverride {
  readonly path: string
  readonly text: string
}

/** The variables of one host, checked, and where each came from. */
export interface EffectiveVars {
  /** The playbook's variables. */
  readonly vars: Record<string, unknown>
  /** The host's own. */
  readonly hostVars: Record<string, unknown>
  /** By path of a member (`mysql.port`): `inventory`, `group web`, `host web1`, `--var`; all else is a default. */
  readonly origins: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
}

type Tree = Record<string, unknown>

/** The variables in force for `host`. Objects are merged member by member; lists and all else are replaced. */
export function effectiveVars(inventory: Inventory, host: string, overrides: readonly VarOverride[]): EffectiveVars {
  const { playbook, at } = inventory
  const layers: [origin: string, tree: Tree][] = [
    ['inventory', inventory.vars],
    ...groupsOf(inventory, host).map((group): [string, Tree] => [`group ${group}`, inventory.groupVars[group] ?? {}]),
    [`host ${host}`, inventory.hosts[host]?.vars ?? {}],
  ]
  const origins = new Map<string, string>()
  const merged = layers.reduce<Tree>((tree, [origin, layer]) => merge(tree, layer, origin, origins), {})
  const own = new Set(Object.keys(playbook.hostVariables.shape))
  const part = (isOwn: boolean) => Object.fromEntries(Object.entries(merged).filter(([key]) => own.has(key) === isOwn))
  const given = { vars: part(false), hostVars: part(true) }
  const problems: Problem[] = []
  for (const { path, text } of overrides) {
    const side = own.has(path.split('.')[0] ?? '') ? 'hostVars' : 'vars'
    const schema: z.ZodObject = side === 'vars' ? playbook.variables : playbook.hostVariables
    given[side] = override(given[side], schema, path, text)
    origins.set(path, '--var')
  }
  const check = (schema: z.ZodObject, value: Tree): Tree => {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    const found = problemsOf(parsed.error, `variables of ${host}`, at, schema)
    problems.push(...found.map((problem) => withOrigin(problem, origins)))
    return value
  }
  return {
    vars: check(playbook.variables, given.vars),
    hostVars: check(playbook.hostVariables, given.hostVars),
    origins,
    problems,
  }
}

/** `text` as the schema wants it: as it stands if that passes, else as JSON, else as it stands (for the error). */
function override(tree: Tree, schema: z.ZodObject, path: string, text: string): Tree {
  const keys = path.split('.')
  const candidates = [text, ...json(text)].map((value) => set(tree, keys, value))
  const passes = (candidate: Tree) => {
    const parsed = schema.safeParse(candidate)
    return parsed.success || !parsed.error.issues.some((issue) => issue.path.join('.').startsWith(path))
  }
  return candidates.find(passes) ?? (candidates[0] as Tree)
}

function json(text: string): unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}

function set(tree: Tree, [key = '', ...rest]: readonly string[], value: unknown): Tree {
  const inner = isTree(tree[key]) ? tree[key] : {}
  return { ...tree, [key]: rest.length === 0 ? value : set(inner, rest, value) }
}

function merge(base: Tree, layer: Tree, origin: string, origins: Map<string, string>, prefix = ''): Tree {
  const result: Tree = { ...base }
  for (const [key, value] of Object.entries(layer)) {
    const path = `${prefix}${key}`
    const inner = result[key]
    if (isTree(value)) {
      result[key] = merge(isTree(inner) ? inner : {}, value, origin, origins, `${path}.`)
    } else {
      result[key] = value
      origins.set(path, origin)
    }
  }
  return result
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function withOrigin(problem: Problem, origins: ReadonlyMap<string, string>): Problem {
  const origin = origins.get(problem.path)
  if (origin === undefined) return problem
  const { at, ...rest } = problem
  // What the command line says stands in no file.
  return {
    ...rest,
    message: `${problem.message} (from ${origin})`,
    ...definedOnly({ at: origin === '--var' ? undefined : at }),
  }
}
