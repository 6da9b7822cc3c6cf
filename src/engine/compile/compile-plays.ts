/** Compiles a playbook's plays into the tasks of each host. Nothing runs; problems are collected. */

import { definedOnly } from '../../errors.ts'
import type { Facts } from '../../model/facts.ts'
import type { Inventory } from '../../model/inventory.ts'
import type { Play } from '../../model/playbook.ts'
import type { Problem } from '../../model/problem.ts'
import type { RoleInstance } from '../../model/role.ts'
import type { TaskList } from '../../model/task-tree.ts'

import type { VarOverride } from '../../model/vars.ts'
import { collectProblems, type Findings } from './collect-problems.ts'
import { compileNodes } from './compile-nodes.ts'
import { type CompiledNode, type CompiledTask, tasksIn } from './compiled-play.ts'
import { type Declared, declarePlays } from './declare-plays.ts'
import { givenAway } from './given-away.ts'
import { type HostView, instanceOf, isFor, type RoleScope, roleScope } from './host-roles.ts'
import { createHostView } from './host-view.ts'

/** A play with what it comes to on each of its hosts. */
export interface CompiledPlay {
  readonly name: string
  /** By name of the host; hosts the play is not for are absent. */
  readonly tasks: ReadonlyMap<string, readonly CompiledTask[]>
  /** The same with their control; what is in blocks and what follows from results is in here alone. */
  readonly nodes: ReadonlyMap<string, readonly CompiledNode[]>
  /** The play as it was declared. */
  readonly play: Play
}

/** The result for all selected hosts. */
export interface CompiledPlaybook {
  readonly plays: readonly CompiledPlay[]
  readonly problems: readonly Problem[]
  /** Whether nothing was put off until the hosts' facts are known. */
  readonly isWhole: boolean
}

/** Compiles the declared plays for the hosts whose facts are known. */
export function compilePlays(
  inventory: Inventory,
  declared: Declared,
  facts: ReadonlyMap<string, Facts>,
): CompiledPlaybook {
  const names = [...declared.hosts.keys()].filter((name) => facts.has(name))
  return compilePlaybook(inventory, declared, names, createHostView(inventory, declared, facts))
}

/** Compiles everything that needs no facts, before any host is contacted. */
export function compileAhead(inventory: Inventory, declared: Declared): CompiledPlaybook {
  return compilePlaybook(
    inventory,
    declared,
    [...declared.hosts.keys()],
    createHostView(inventory, declared, undefined),
  )
}

function compilePlaybook(
  inventory: Inventory,
  declared: Declared,
  names: readonly string[],
  view: HostView,
): CompiledPlaybook {
  const findings: Findings = { problems: [], hasWaiting: false }
  const { problems } = findings
  const all = [...declared.hosts.values()].map(({ plays }) => plays)
  const outline = all.reduce((longest, plays) => (plays.length > longest.length ? plays : longest), [])
  const counts = new Map<string, number>()
  const plays = outline.map((play, position): CompiledPlay => {
    const { name: playName } = play
    const nodes = new Map<string, readonly CompiledNode[]>()
    for (const name of names) {
      const own = declared.hosts.get(name)?.plays[position]
      if (own?.name !== playName) {
        problems.push(mismatch(inventory, playName, name))
        continue
      }
      if (!isFor(inventory, own, name)) continue
      const around = roleScope(inventory, declared, view, name)
      const compiled = compilePlay(own, around, inventory, findings, counts.get(name) ?? 0)
      counts.set(name, (counts.get(name) ?? 0) + tasksIn(compiled).length)
      nodes.set(name, compiled)
    }
    return { name: playName, nodes, tasks: new Map([...nodes].map(([name, list]) => [name, tasksIn(list)])), play }
  })
  for (const name of names) problems.push(...givenAway(plays.flatMap(({ tasks }) => tasks.get(name) ?? [])))
  return { plays, problems, isWhole: !findings.hasWaiting }
}

/** Both at once, for the hosts whose facts are given. */
export function compileAll(
  inventory: Inventory,
  overrides: readonly VarOverride[],
  facts: ReadonlyMap<string, Facts>,
): CompiledPlaybook {
  const declared = declarePlays(inventory, overrides, [...facts.keys()])
  if (declared.problems.length > 0) return { plays: [], problems: declared.problems, isWhole: true }
  return compilePlays(inventory, declared, facts)
}

function compilePlay(
  play: Play,
  context: RoleScope,
  inventory: Inventory,
  findings: Findings,
  start: number,
): CompiledNode[] {
  const { problems } = findings
  const { at: origin } = inventory.playbook
  const compiled: CompiledNode[] = []
  let count = start
  const next = () => count++
  const add = (role: string | undefined, subject: string, list: () => TaskList) => {
    const place = { play, role, problems, next }
    compiled.push(...collectProblems<CompiledNode[]>(findings, subject, origin, [], () => compileNodes(list(), place)))
  }
  const subject = `play ${play.name}`
  for (const entry of play.roles ?? []) {
    const role = collectProblems<RoleInstance | undefined>(findings, subject, origin, undefined, () =>
      instanceOf(entry, context),
    )
    if (!role) continue
    problems.push(...role.problems)
    if (role.problems.length === 0) add(role.name, `role ${role.name}`, () => role.tasks(context))
  }
  add(undefined, subject, () => play.tasks?.(context) ?? [])
  return compiled
}

function mismatch({ playbook, at }: Inventory, play: string, host: string): Problem {
  return {
    subject: `playbook ${playbook.name}`,
    path: `plays`,
    message: `play ${play} is not in the same place for ${host}; variables may change roles and tasks, not the plays`,
    ...definedOnly({ at: playbook.at ?? at }),
  }
}
