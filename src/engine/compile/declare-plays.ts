/** What a playbook declares for each host before anything is known of it: variables and plays. */

import { definedOnly } from '../../errors.ts'
import type { AnyFact } from '../../model/fact.ts'
import type { Inventory } from '../../model/inventory.ts'
import { nearest } from '../../model/nearest.ts'
import type { Play } from '../../model/playbook.ts'
import type { Problem } from '../../model/problem.ts'
import { effectiveVars, type VarOverride } from '../../model/vars.ts'
import { collectProblems, type Findings } from './collect-problems.ts'

/** What holds for a host before anything is known of it: its variables and its plays. */
export interface DeclaredHost {
  readonly hostVars: Record<string, unknown>
  readonly plays: readonly Play[]
}

/** A playbook as declared for some hosts. */
export interface Declared {
  readonly hosts: ReadonlyMap<string, DeclaredHost>
  /** The playbook's own facts, and those of roles that stand in a play as they are. */
  readonly facts: readonly AnyFact[]
  readonly overrides: readonly VarOverride[]
  readonly problems: readonly Problem[]
}

/** The plays of each host with the variables in force. What is wrong here is known before any connection. */
export function declarePlays(
  inventory: Inventory,
  overrides: readonly VarOverride[],
  names: readonly string[],
): Declared {
  const findings: Findings = { problems: [...inventory.problems], hasWaiting: false }
  const { problems } = findings
  const hosts = new Map<string, DeclaredHost>()
  const facts = new Map<string, AnyFact>(inventory.playbook.facts.map((fact) => [fact.name, fact]))
  const { playbook } = inventory
  for (const name of inventory.problems.length > 0 ? [] : names) {
    const { vars, hostVars, problems: found } = effectiveVars(inventory, name, overrides)
    problems.push(...found)
    if (found.length > 0) continue
    const plays = collectProblems<readonly Play[]>(findings, `playbook ${playbook.name}`, playbook.at, [], () => {
      const given = playbook.plays({ vars })
      if (!Array.isArray(given)) throw new TypeError('plays must return a list of plays, and not a promise of one')
      return given
    })
    const roles = plays.flatMap((play) => (play.roles ?? []).filter((role) => typeof role !== 'function'))
    problems.push(...plays.flatMap((play) => unknownGroups(inventory, play)))
    problems.push(...roles.flatMap((role) => role.problems))
    for (const fact of roles.flatMap((role) => role.facts)) facts.set(fact.name, fact)
    hosts.set(name, { hostVars, plays })
  }
  return { hosts, facts: [...facts.values()], overrides, problems }
}

/** The facts to gather beside the toolkit's own. */
export function factsOf(inventory: Inventory, overrides: readonly VarOverride[]): readonly AnyFact[] {
  return declarePlays(inventory, overrides, Object.keys(inventory.hosts)).facts
}

/** The groups that a play is for. */
export function groupsOfPlay({ hosts }: Play): readonly string[] {
  return typeof hosts === 'string' ? [hosts] : hosts
}

function unknownGroups({ playbook, at }: Inventory, play: Play): Problem[] {
  const known: readonly string[] = [...playbook.groups, 'all']
  return groupsOfPlay(play)
    .filter((group) => !known.includes(group))
    .map((group) => {
      const meant = nearest(group, known)
      const hint = meant ? `did you mean ${meant}?` : `it has ${known.join(', ')}`
      return {
        subject: `play ${play.name}`,
        path: 'hosts',
        message: `playbook ${playbook.name} has no group ${group}; ${hint}`,
        ...definedOnly({ at: playbook.at ?? at }),
      }
    })
}
