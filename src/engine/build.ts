/** Building: a playbook's plays as the tasks of each host. Nothing runs; what is wrong is gathered. */

import { definedOnly, FoobarDeployError, messageOf } from '../errors.ts'
import type { Facts } from '../model/facts.ts'
import type { Host } from '../model/host.ts'
import { groupsOf, hostsIn, type Inventory } from '../model/inventory.ts'
import type { Play } from '../model/playbook.ts'
import type { Problem } from '../model/problem.ts'
import type { RoleInstance } from '../model/role.ts'
import { flattenTasks, type Task, type TaskList } from '../model/task.ts'
import { effectiveVars, type VarOverride } from '../model/vars.ts'
import type { TaskReference } from './events.ts'

/** A task in its place on a host. */
export interface BuiltTask {
  readonly task: Task
  readonly reference: TaskReference
  /** The user it runs as; undefined for the one who connected. */
  readonly user: string | undefined
  /** Its own, its play's. */
  readonly tags: readonly string[]
}

/** A play with what it comes to on each of its hosts. */
export interface BuiltPlay {
  readonly name: string
  /** By name of the host; hosts the play is not for are absent. */
  readonly tasks: ReadonlyMap<string, readonly BuiltTask[]>
}

/** A playbook, built. */
export interface Built {
  readonly plays: readonly BuiltPlay[]
  readonly problems: readonly Problem[]
}

/** What holds for a host before anything is known of it: its variables and its plays. */
export interface DeclaredHost {
  readonly hostVars: Record<string, unknown>
  readonly plays: readonly Play[]
}

/** A playbook as declared for some hosts. */
export interface Declared {
  readonly hosts: ReadonlyMap<string, DeclaredHost>
  readonly problems: readonly Problem[]
}

/** The plays of each host with the variables in force. What is wrong here is known before any connection. */
export function declarePlays(
  inventory: Inventory,
  overrides: readonly VarOverride[],
  names: readonly string[],
): Declared {
  const problems: Problem[] = [...inventory.problems]
  const hosts = new Map<string, DeclaredHost>()
  const { playbook } = inventory
  for (const name of inventory.problems.length > 0 ? [] : names) {
    const { vars, hostVars, problems: found } = effectiveVars(inventory, name, overrides)
    problems.push(...found)
    if (found.length > 0) continue
    const plays = attempt<readonly Play[]>(problems, `playbook ${playbook.name}`, [], () => playbook.plays({ vars }))
    const roles = plays.flatMap((play) => (play.roles ?? []).filter((role) => typeof role !== 'function'))
    problems.push(...roles.flatMap((role) => role.problems))
    hosts.set(name, { hostVars, plays })
  }
  return { hosts, problems }
}

/** Builds the declared plays for the hosts whose facts are known. */
export function buildPlays(inventory: Inventory, declared: Declared, facts: ReadonlyMap<string, Facts>): Built {
  const problems: Problem[] = []
  const hosts = new Map<string, Host>()
  for (const [name, { hostVars }] of declared.hosts) {
    const known = facts.get(name)
    if (!known) continue
    const address = inventory.hosts[name]?.address ?? name
    hosts.set(name, { name, address, vars: hostVars, groups: groupsOf(inventory, name), facts: known })
  }
  const all = [...declared.hosts.values()].map(({ plays }) => plays)
  const outline = all.reduce((longest, plays) => (plays.length > longest.length ? plays : longest), [])
  const counts = new Map<string, number>()
  const plays = outline.map(({ name: playName }, position): BuiltPlay => {
    const tasks = new Map<string, readonly BuiltTask[]>()
    for (const [name, host] of hosts) {
      const play = declared.hosts.get(name)?.plays[position]
      if (play?.name !== playName) {
        problems.push(mismatch(inventory, playName, name))
        continue
      }
      if (!isFor(inventory, play, name)) continue
      const built = buildPlay(play, host, hosts, inventory, problems, counts.get(name) ?? 0)
      counts.set(name, (counts.get(name) ?? 0) + built.length)
      tasks.set(name, built)
    }
    return { name: playName, tasks }
  })
  return { plays, problems }
}

/** Both at once, for the hosts whose facts are given. */
export function buildAll(
  inventory: Inventory,
  overrides: readonly VarOverride[],
  facts: ReadonlyMap<string, Facts>,
): Built {
  const declared = declarePlays(inventory, overrides, [...facts.keys()])
  if (declared.problems.length > 0) return { plays: [], problems: declared.problems }
  return buildPlays(inventory, declared, facts)
}

function isFor(inventory: Inventory, { hosts }: Play, name: string): boolean {
  const groups = typeof hosts === 'string' ? [hosts] : hosts
  return groups.some((group) => hostsIn(inventory, group).includes(name))
}

function buildPlay(
  play: Play,
  host: Host,
  hosts: ReadonlyMap<string, Host>,
  inventory: Inventory,
  problems: Problem[],
  start: number,
): BuiltTask[] {
  const context = {
    host,
    hosts: (group = 'all') => hostsIn(inventory, group).flatMap((name) => hosts.get(name) ?? []),
  }
  const built: BuiltTask[] = []
  const add = (role: string | undefined, list: TaskList) => {
    for (const task of flattenTasks(list)) {
      problems.push(...problemsIn(task))
      const { title, resource, at } = task
      const index = start + built.length
      const reference = { index, title, type: resource.type, play: play.name, ...definedOnly({ role, at }) }
      const user = task.become ?? play.become ?? 'root'
      built.push({
        task,
        reference,
        user: user === false ? undefined : user,
        tags: [...task.tags, ...(play.tags ?? [])],
      })
    }
  }
  for (const entry of play.roles ?? []) {
    const subject = `play ${play.name}`
    const role = attempt<RoleInstance | undefined>(problems, subject, undefined, () =>
      typeof entry === 'function' ? entry(host) : entry,
    )
    if (!role) continue
    problems.push(...role.problems)
    if (role.problems.length > 0) continue
    add(
      role.name,
      attempt<TaskList>(problems, `role ${role.name}`, [], () => role.tasks(context)),
    )
  }
  add(
    undefined,
    attempt<TaskList>(problems, `play ${play.name}`, [], () => play.tasks?.(context) ?? []),
  )
  return built
}

function problemsIn({ problems, notify }: Task): Problem[] {
  return [...problems, ...notify.flatMap(({ tasks }) => tasks.flatMap(problemsIn))]
}

// A definition error is the user's to mend and becomes a problem; anything else thrown goes on with its stack.
function attempt<T>(problems: Problem[], subject: string, otherwise: T, build: () => T): T {
  try {
    return build()
  } catch (thrown) {
    if (thrown instanceof FoobarDeployError) {
      problems.push({ subject, path: '', message: thrown.message, ...definedOnly({ at: thrown.at }) })
      return otherwise
    }
    throw new FoobarDeployError('definition', 'definition-threw', `An error was thrown while building ${subject}`, {
      detail: messageOf(thrown),
      hint: thrown instanceof Error ? String(thrown.stack?.split('\n').slice(1, 4).join('\n').trim()) : '',
      cause: thrown,
    })
  }
}

function mismatch({ playbook, at }: Inventory, play: string, host: string): Problem {
  return {
    subject: `playbook ${playbook.name}`,
    path: `plays`,
    message: `play ${play} is not in the same place for ${host}; variables may change roles and tasks, not the plays`,
    ...definedOnly({ at: playbook.at ?? at }),
  }
}
