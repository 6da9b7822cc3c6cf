/** Building: a playbook's plays as the tasks of each host. Nothing runs; what is wrong is gathered. */

import { definedOnly } from '../../errors.ts'
import type { Facts } from '../../model/facts.ts'
import type { Inventory } from '../../model/inventory.ts'
import type { Play } from '../../model/playbook.ts'
import type { Problem } from '../../model/problem.ts'
import type { RoleInstance } from '../../model/role.ts'
import type { TaskList } from '../../model/task-tree.ts'

import type { VarOverride } from '../../model/vars.ts'
import { attempt, type Findings } from './attempt.ts'
import { buildNodes } from './build-nodes.ts'
import { type BuiltNode, type BuiltTask, tasksIn } from './built.ts'
import { type Declared, declarePlays } from './declare-plays.ts'
import { givenAway } from './given-away.ts'
import { type HostView, instanceOf, isFor, type Surroundings, surroundingsOf } from './host-roles.ts'
import { createHostView } from './host-view.ts'

/** A play with what it comes to on each of its hosts. */
export interface BuiltPlay {
  readonly name: string
  /** By name of the host; hosts the play is not for are absent. */
  readonly tasks: ReadonlyMap<string, readonly BuiltTask[]>
  /** The same with their control; what is in blocks and what follows from results is in here alone. */
  readonly nodes: ReadonlyMap<string, readonly BuiltNode[]>
  /** The play as it was declared. */
  readonly play: Play
}

/** A playbook, built. */
export interface Built {
  readonly plays: readonly BuiltPlay[]
  readonly problems: readonly Problem[]
  /** Whether nothing was put off until the hosts' facts are known. */
  readonly isWhole: boolean
}

/** Builds the declared plays for the hosts whose facts are known. */
export function buildPlays(inventory: Inventory, declared: Declared, facts: ReadonlyMap<string, Facts>): Built {
  const names = [...declared.hosts.keys()].filter((name) => facts.has(name))
  return build(inventory, declared, names, createHostView(inventory, declared, facts))
}

/** Builds what can be built before anything is known of the hosts: all but the roles that ask for facts. */
export function buildAhead(inventory: Inventory, declared: Declared): Built {
  return build(inventory, declared, [...declared.hosts.keys()], createHostView(inventory, declared, undefined))
}

function build(inventory: Inventory, declared: Declared, names: readonly string[], view: HostView): Built {
  const findings: Findings = { problems: [], hasWaiting: false }
  const { problems } = findings
  const all = [...declared.hosts.values()].map(({ plays }) => plays)
  const outline = all.reduce((longest, plays) => (plays.length > longest.length ? plays : longest), [])
  const counts = new Map<string, number>()
  const plays = outline.map((play, position): BuiltPlay => {
    const { name: playName } = play
    const nodes = new Map<string, readonly BuiltNode[]>()
    for (const name of names) {
      const own = declared.hosts.get(name)?.plays[position]
      if (own?.name !== playName) {
        problems.push(mismatch(inventory, playName, name))
        continue
      }
      if (!isFor(inventory, own, name)) continue
      const around = surroundingsOf(inventory, declared, view, name)
      const built = buildPlay(own, around, inventory, findings, counts.get(name) ?? 0)
      counts.set(name, (counts.get(name) ?? 0) + tasksIn(built).length)
      nodes.set(name, built)
    }
    return { name: playName, nodes, tasks: new Map([...nodes].map(([name, list]) => [name, tasksIn(list)])), play }
  })
  for (const name of names) problems.push(...givenAway(plays.flatMap(({ tasks }) => tasks.get(name) ?? [])))
  return { plays, problems, isWhole: !findings.hasWaiting }
}

/** Both at once, for the hosts whose facts are given. */
export function buildAll(
  inventory: Inventory,
  overrides: readonly VarOverride[],
  facts: ReadonlyMap<string, Facts>,
): Built {
  const declared = declarePlays(inventory, overrides, [...facts.keys()])
  if (declared.problems.length > 0) return { plays: [], problems: declared.problems, isWhole: true }
  return buildPlays(inventory, declared, facts)
}

function buildPlay(
  play: Play,
  context: Surroundings,
  inventory: Inventory,
  findings: Findings,
  start: number,
): BuiltNode[] {
  const { problems } = findings
  const { at: origin } = inventory.playbook
  const built: BuiltNode[] = []
  let count = start
  const next = () => count++
  const add = (role: string | undefined, subject: string, list: () => TaskList) => {
    const place = { play, role, problems, next }
    built.push(...attempt<BuiltNode[]>(findings, subject, origin, [], () => buildNodes(list(), place)))
  }
  const subject = `play ${play.name}`
  for (const entry of play.roles ?? []) {
    const role = attempt<RoleInstance | undefined>(findings, subject, origin, undefined, () =>
      instanceOf(entry, context),
    )
    if (!role) continue
    problems.push(...role.problems)
    if (role.problems.length === 0) add(role.name, `role ${role.name}`, () => role.tasks(context))
  }
  add(undefined, subject, () => play.tasks?.(context) ?? [])
  return built
}

function mismatch({ playbook, at }: Inventory, play: string, host: string): Problem {
  return {
    subject: `playbook ${playbook.name}`,
    path: `plays`,
    message: `play ${play} is not in the same place for ${host}; variables may change roles and tasks, not the plays`,
    ...definedOnly({ at: playbook.at ?? at }),
  }
}
