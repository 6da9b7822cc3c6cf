/** A run: connect and learn, build, and then play after play on all hosts, each play a barrier. */

import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { FoobarDeployError } from '../errors.ts'
import type { Facts } from '../model/facts.ts'
import type { Play } from '../model/playbook.ts'
import { refuse } from '../model/problem.ts'
import { batchesOf, isTooMany, orderedHosts } from './batches.ts'
import { type BuiltPlay, buildAhead, buildPlays } from './build.ts'
import { type BuiltNode, type BuiltTask, filterNodes, tasksIn } from './built.ts'
import { type Declared, declarePlays } from './declare-plays.ts'
import { Delegates } from './delegates.ts'
import type { HostRecap, RunEvent } from './events.ts'
import { inForks } from './forks.ts'
import { payHandlers } from './handlers.ts'
import { HostLink } from './host-link.ts'
import { HostRun, type SharedRun } from './host-run.ts'
import { planNodes } from './plan-nodes.ts'
import { runNodes } from './run-nodes.ts'
import type { RunContext, RunRequest, RunResult } from './run-request.ts'
import { isSelected, refuseUnknownTags, selectHosts } from './selection.ts'
import { targetOf } from './target-of.ts'
import { OnceOnly, Throttles } from './turns.ts'

/**
 * Makes a run. Everything wrong in the definitions is thrown before a host is changed; what goes wrong on hosts is
 * told by events and by the result.
 */
export async function run(request: RunRequest, context: RunContext): Promise<RunResult> {
  const started = performance.now()
  const { inventory, mode, forks, diff } = request
  const names = selectHosts(inventory, request.limit)
  const declared = declarePlays(inventory, request.overrides, names)
  refuse(declared.problems)
  const ahead = buildAhead(inventory, declared)
  refuse(ahead.problems)
  if (ahead.isWhole) refuseUnknownTags(ahead.plays, request)
  const { emit, stop } = context
  const runId = randomBytes(6).toString('hex')
  const delegates = new Delegates(request, context, runId)
  const shared: SharedRun = {
    mode,
    diff,
    emit,
    stop,
    runId,
    throttles: new Throttles(),
    halt: new AbortController(),
    confirm: oncePerQuestion(context.confirm),
    reach: (name) => delegates.reach(name, hosts),
    epoch: 0,
  }
  emit({ type: 'run-started', mode, runId, playbook: inventory.playbook.name, hosts: names })
  const hosts: readonly HostRun[] = names.map((name) => hostRun(name, runId, request, context, declared, shared))
  try {
    await inForks(hosts, forks, (host) => guarded(host, () => host.start()))
    const alive = hosts.filter(({ error }) => !error)
    const facts = new Map(alive.map((host): [string, Facts] => [host.name, host.facts as Facts]))
    const isSame = ahead.isWhole && alive.length === hosts.length
    const built = isSame ? ahead : buildPlays(inventory, declared, facts)
    refuse(built.problems)
    if (!ahead.isWhole && alive.length === hosts.length) refuseUnknownTags(built.plays, request)
    const plays = built.plays.map((play) => selected(play, request))
    for (const host of alive) {
      host.tasks = plays.flatMap(({ tasks }) => tasks.get(host.name) ?? [])
      emit({ type: 'host-ready', host: host.name, tasks: host.tasks.length })
    }
    for (const play of plays) await playOn(hosts, play, forks)
    return await finish(request, context, hosts, started)
  } finally {
    await Promise.all([...hosts.map(({ link }) => link.close()), delegates.close()])
  }
}

async function playOn(hosts: readonly HostRun[], built: BuiltPlay, forks: number): Promise<void> {
  const { name, nodes, play } = built
  const taking = hosts.filter((host) => nodes.has(host.name))
  const byName = new Map(taking.map((host) => [host.name, host]))
  for (const batch of batchesOf(orderedHosts([...byName.keys()], play.order, Math.random), play.serial)) {
    const members = batch.flatMap((member) => byName.get(member) ?? [])
    const ready = members.filter(({ error }) => !error)
    const [first] = ready
    // Hosts that were lost before count as failed: a roll must not go on over them.
    if (first && !endsAll(members, play)) {
      const once = new OnceOnly()
      for (const host of ready) Object.assign(host, { isFirst: host === first, once })
      first.shared.emit({ type: 'play-started', play: name, hosts: ready.map((host) => host.name) })
      await inForks(ready, forks, async (host) => {
        await guarded(host, () => playOnHost(host, nodes.get(host.name) ?? []))
        if (host.isFirst) once.leave(host.name)
        if (host.error && play.anyErrorsFatal) halt(host.shared, [host])
      })
    }
    if (endsAll(members, play)) {
      const failed = members.filter(({ error }) => error)
      for (const host of hosts.filter(({ error }) => !error)) {
        await guarded(host, async () => {
          halt(host.shared, failed)
          host.refuseToGoOn()
        })
      }
    }
  }
}

function endsAll(members: readonly HostRun[], play: Play): boolean {
  return isTooMany(members.filter(({ error }) => error).length, members.length, play)
}

function halt({ halt: controller }: SharedRun, failed: readonly HostRun[]): void {
  if (controller.signal.aborted) return
  controller.abort(
    new FoobarDeployError('task', 'run-halted', 'The run was ended for all hosts, because others failed', {
      detail: failed.map(({ name }) => name).join(', '),
      hint: 'Mend what failed there first; --failed runs again on the hosts that did not come through.',
    }),
  )
}

async function playOnHost(host: HostRun, nodes: readonly BuiltNode[]): Promise<void> {
  host.forgetStale()
  if (host.shared.mode === 'plan') return planNodes(host, nodes)
  const tasks = tasksIn(nodes)
  const last = tasks.at(-1)
  const later = last ? host.tasks.slice(host.tasks.indexOf(last) + 1) : []
  const known = [...tasks]
  await runNodes(host, nodes, later, known)
  await payHandlers(host, known)
}

// A failure takes the host out of the run; the others go on. Anything but our own errors is a bug and goes on as it is.
async function guarded(host: HostRun, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (!(thrown instanceof FoobarDeployError)) throw thrown
    host.error = thrown.with({ host: host.name })
    host.shared.emit({ type: 'host-failed', host: host.name, error: host.error })
  }
}

function hostRun(
  name: string,
  runId: string,
  { inventory, mode }: RunRequest,
  { transport, emit, kill }: RunContext,
  declared: Declared,
  shared: SharedRun,
): HostRun {
  const become = declared.hosts.get(name)?.plays[0]?.become ?? 'root'
  const user = become === false ? undefined : become
  const since = new Date().toISOString()
  const link = new HostLink({
    target: targetOf(inventory, name),
    transport,
    owner: { runId, description: `${userInfo().username}@${hostname()} since ${since} (${inventory.playbook.name})` },
    user,
    readOnly: mode === 'plan',
    kill,
    onReconnected: (reason) => emit({ type: 'host-reconnected', host: name, reason }),
  })
  kill?.addEventListener('abort', () => void link.close())
  return new HostRun(name, user, link, shared)
}

function selected(play: BuiltPlay, { tags, skipTags }: RunRequest): BuiltPlay {
  const isWanted = (built: BuiltTask) => isSelected(built.tags, tags, skipTags)
  const nodes = new Map([...play.nodes].map(([host, list]) => [host, filterNodes(list, isWanted)]))
  return { ...play, nodes, tasks: new Map([...nodes].map(([host, list]) => [host, tasksIn(list)])) }
}

// A question is for the whole run: it is asked once, however many hosts come to it.
function oncePerQuestion(ask: RunContext['confirm']): (question: string) => Promise<boolean> {
  const answers = new Map<string, Promise<boolean>>()
  return (question) => {
    const answer = answers.get(question) ?? ask?.(question) ?? Promise.resolve(false)
    answers.set(question, answer)
    return answer
  }
}

async function finish(
  { mode }: RunRequest,
  { emit, stop, kill }: RunContext,
  hosts: readonly HostRun[],
  started: number,
): Promise<RunResult> {
  const rows = await Promise.all(
    hosts.map(async (host): Promise<[string, HostRecap]> => [host.name, await host.recap()]),
  )
  const recap = Object.fromEntries(rows)
  const interrupted = Boolean(stop?.aborted || kill?.aborted)
  const codes = rows.map(([, { error }]) => error?.exitCode ?? 0)
  const exitCode = interrupted ? 130 : Math.max(0, ...codes)
  const changed = rows.some(([, { statuses }]) => statuses.changed + statuses.unknown > 0)
  const durationMs = performance.now() - started
  const event: RunEvent = { type: 'run-finished', mode, exitCode, durationMs, interrupted, recap }
  emit(event)
  return { exitCode, interrupted, changed, recap }
}
