/** Checks a saved plan: plans once more on the same connections, and compares the result with what was recorded. */

import { createHmac } from 'node:crypto'
import { FoobarDeployError } from '../../errors.ts'
import { Throttles } from '../apply/coordination.ts'
import type { CompiledPlay } from '../compile/compile-plays.ts'
import type { HostRun } from '../host/host-run.ts'
import { playOn } from '../play-on.ts'
import { ExpectedChanges } from './expected-changes.ts'
import { type PlannedHosts, type PlannedTask, plannedTask } from './planned.ts'

/** A recorded plan, and the key of its digests. */
export interface Recorded {
  readonly key: Uint8Array
  readonly expected: PlannedHosts
}

/**
 * Throws `plan-stale` unless the hosts, which hold their locks, and the tasks compiled for them still are what was recorded.
 * Changes nothing; what was read is what the run goes on with.
 */
export async function checkPlan(
  hosts: readonly HostRun[],
  plays: readonly CompiledPlay[],
  forks: number,
  { key, expected }: Recorded,
): Promise<void> {
  refuseMissing(hosts)
  const [shared] = hosts.map((host) => host.shared)
  if (!shared) return
  const own = { throttles: new Throttles(), expected: new ExpectedChanges() }
  const silent = { ...shared, ...own, mode: 'plan', diff: false, emit: () => {} } as const
  const halt = new AbortController()
  const copies = hosts.map((host) => host.dryRunCopy({ ...silent, halt }))
  for (const play of plays) await playOn(copies, play, forks, randomFor(play, key))
  refuseMissing(copies.filter(({ error }) => error?.family !== 'task'))
  const found = Object.fromEntries(copies.map((copy) => [copy.name, recordOf(copy, key)]))
  // One that has left knows nothing of what comes after.
  const cut = copies.filter(({ error }) => error).map(({ name }) => name)
  const moved = movedBetween(expected, found, cut)
  if (moved.length > 0) throw stale(moved)
  for (const [index, host] of hosts.entries()) host.adopt(copies[index] as HostRun)
}

/** What was planned on a host, as data. */
export function recordOf({ planned }: HostRun, key: Uint8Array): PlannedTask[] {
  return planned.map((one) => plannedTask(one, key))
}

/** Numbers from 0 to 1 that are the same for a play whenever the key is, so that hosts are shuffled as they were planned. */
export function randomFor({ name }: CompiledPlay, key: Uint8Array): () => number {
  let count = 0
  return () => createHmac('sha256', key).update(`shuffle ${name} ${count++}`).digest().readUInt32BE() / 2 ** 32
}

/** What is no longer as it was recorded, as lines of `host: task: why`; hosts in `cut` were not looked at to the end. */
function movedBetween(expected: PlannedHosts, found: PlannedHosts, cut: readonly string[] = []): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])]
  return names.flatMap((name) => {
    const [before, now] = [expected[name], found[name]]
    if (!now) return [`${name}: is no longer selected`]
    if (!before) return [`${name}: is not in the plan`]
    return movedOn(before, now, cut.includes(name)).map((line) => `${name}: ${line}`)
  })
}

function movedOn(before: readonly PlannedTask[], now: readonly PlannedTask[], isCut: boolean): string[] {
  const [was, is] = [byPlace(before), byPlace(now)]
  const lines = [
    ...[...was]
      .filter(([place]) => !isCut && !is.has(place))
      .map(([, task]) => `${shown(task)}: is no longer part of the plan`),
    ...[...is].flatMap(([place, task]) => {
      const recorded = was.get(place)
      const why = recorded ? difference(recorded, task) : 'is not in the plan'
      return why === undefined ? [] : [`${shown(task)}: ${why}`]
    }),
  ]
  if (lines.length > 0) return lines
  const places = [...was.keys()]
  const other = [...is].find(([place], index) => place !== places[index])
  return other ? [`${shown(other[1])}: has moved in the order of tasks`] : []
}

function difference(recorded: PlannedTask, task: PlannedTask): string | undefined {
  if (recorded.desired !== task.desired) return 'the desired state has changed since the plan'
  // It was planned without being known, so it is done however it turns out.
  if (recorded.status === 'unknown') return undefined
  if (recorded.observed !== task.observed) return 'the host has changed since the plan'
  return recorded.status === task.status ? undefined : `would be ${task.status}, not ${recorded.status}`
}

function byPlace(tasks: readonly PlannedTask[]): Map<string, PlannedTask> {
  const seen = new Map<string, number>()
  return new Map(
    tasks.map((task) => {
      const { play, role, handler, type, title } = task
      const place = JSON.stringify([play, role, handler, type, title])
      const count = seen.get(place) ?? 0
      seen.set(place, count + 1)
      return [`${place} ${count}`, task]
    }),
  )
}

function shown({ title, role, handler }: PlannedTask): string {
  const origin = handler === undefined ? role : `handler ${handler}`
  return origin === undefined ? title : `${origin}: ${title}`
}

function refuseMissing(hosts: readonly HostRun[]): void {
  const lost = hosts.filter(({ error }) => error)
  const [first] = lost
  if (!first?.error) return
  throw new FoobarDeployError(
    first.error.family,
    'plan-incomplete',
    'Hosts of the plan are missing; nothing was changed',
    {
      detail: lost.map(({ name, error }) => `\n  ${name}: ${error?.message}`).join(''),
      hint: 'Fix that and apply the same plan again, or make a plan without these hosts: --limit !name.',
    },
  )
}

function stale(moved: readonly string[]): FoobarDeployError {
  return new FoobarDeployError('definition', 'plan-stale', 'The plan is stale; nothing was changed', {
    detail: moved.map((line) => `\n  ${line}`).join(''),
    hint: 'Make a new plan and review it.',
  })
}
