/** A run: connect and learn, build, and then play after play on all hosts, each play a barrier. */

import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import type { Facts } from '../model/facts.ts'
import { refuse } from '../model/problem.ts'
import { Throttles } from './apply/coordination.ts'
import { Questions } from './apply/questions.ts'
import { compileAhead, compilePlays } from './compile/compile-plays.ts'
import { tasksIn } from './compile/compiled-play.ts'
import { declarePlays } from './compile/declare-plays.ts'
import { firstUser } from './compile/first-user.ts'
import { createHostView } from './compile/host-view.ts'
import { compileOperation } from './compile/operation.ts'
import { refuseUnknownTags, selectHosts, selectTasks } from './compile/selection.ts'
import { forEachConcurrently } from './concurrency.ts'
import { decideOperation } from './decide-operation.ts'
import type { HostRecap, RunEvent } from './events.ts'
import { connectionTarget } from './host/connection-target.ts'
import { Delegates } from './host/delegates.ts'
import { HostLink } from './host/host-link.ts'
import { HostRun } from './host/host-run.ts'
import { checkPlan, randomFor, recordOf } from './plan/check-plan.ts'
import { ExpectedChanges } from './plan/expected-changes.ts'
import { checkPreconditions, guarded, playOn } from './play-on.ts'
import type { RunContext, RunRequest, RunResult } from './run-request.ts'
import type { SharedRun } from './shared-run.ts'

/**
 * Makes a run. Everything wrong in the definitions is thrown before a host is changed; what goes wrong on hosts is
 * told by events and by the result.
 */
export async function run(given: RunRequest, context: RunContext): Promise<RunResult> {
  const started = performance.now()
  const operation = given.operation && compileOperation(given.inventory, given.overrides, given.operation)
  const request = operation ? { ...given, inventory: operation.inventory } : given
  const { inventory, mode, forks, diff, planFile } = request
  const names = operation?.hosts ?? selectHosts(inventory, request.limit)
  const declared = declarePlays(inventory, request.overrides, names)
  refuse(declared.problems)
  const ahead = compileAhead(inventory, declared)
  refuse(ahead.problems)
  if (ahead.isWhole) {
    refuseUnknownTags(ahead.plays, request)
    selectTasks(ahead.plays, request)
  }
  const { emit, stop } = context
  const runId = randomBytes(6).toString('hex')
  const delegates = new Delegates(request, context, runId)
  const shared: SharedRun = {
    mode,
    facts: declared.facts,
    diff,
    emit,
    stop,
    runId,
    throttles: new Throttles(),
    halt: new AbortController(),
    questions: new Questions(context),
    expected: new ExpectedChanges(),
    reach: (name) => delegates.reach(name, hosts),
    epoch: 0,
  }
  emit({ type: 'run-started', mode, runId, playbook: inventory.playbook.name, hosts: names })
  const hosts: readonly HostRun[] = names.map((name) =>
    hostRun(name, firstUser(inventory, declared, ahead, name), request, context, shared),
  )
  try {
    await forEachConcurrently(hosts, forks, (host) => guarded(host, () => host.start()))
    const alive = hosts.filter(({ error }) => !error)
    const facts = new Map(alive.map((host): [string, Facts] => [host.name, host.facts as Facts]))
    if (operation) await decideOperation(operation, createHostView(inventory, declared, facts), hosts, shared)
    const isSame = ahead.isWhole && alive.length === hosts.length
    const compiled = isSame ? ahead : compilePlays(inventory, declared, facts)
    refuse(compiled.problems)
    if (!ahead.isWhole && alive.length === hosts.length) refuseUnknownTags(compiled.plays, request)
    const plays = selectTasks(compiled.plays, request)
    for (const host of alive) {
      host.assign(plays.flatMap(({ nodes }) => tasksIn(nodes.get(host.name) ?? [])))
    }
    if (planFile?.expected) await checkPlan(hosts, plays, forks, { ...planFile, expected: planFile.expected })
    await checkPreconditions(alive, plays, forks)
    for (const play of plays) await playOn(hosts, play, forks, planFile ? randomFor(play, planFile.key) : Math.random)
    return await finish(request, context, operation?.withoutUnreachable ? alive : hosts, hosts, started)
  } finally {
    await Promise.all([...hosts.map(({ link }) => link.close()), delegates.close()])
  }
}

function hostRun(
  name: string,
  user: string | undefined,
  { inventory, mode }: RunRequest,
  { transport, emit, stop, kill }: RunContext,
  shared: SharedRun,
): HostRun {
  const since = new Date().toISOString()
  const link = new HostLink({
    target: connectionTarget(inventory, name),
    transport,
    owner: {
      runId: shared.runId,
      description: `${userInfo().username}@${hostname()} since ${since} (${inventory.playbook.name})`,
    },
    user,
    readOnly: mode === 'plan',
    stop,
    kill,
    onReconnected: (reason) => emit({ type: 'host-reconnected', host: name, reason }),
    onNotice: (text) => emit({ type: 'notice', host: name, text }),
  })
  kill?.addEventListener('abort', () => link.abort())
  return new HostRun(name, user, link, shared)
}

// The hosts in `needed` decide how the run ended.
async function finish(
  { mode, planFile }: RunRequest,
  { emit, stop, kill }: RunContext,
  needed: readonly HostRun[],
  hosts: readonly HostRun[],
  started: number,
): Promise<RunResult> {
  const rows = await Promise.all(
    hosts.map(async (host): Promise<[string, HostRecap]> => [host.name, await host.recap()]),
  )
  const recap = Object.fromEntries(rows)
  const interrupted = Boolean(stop?.aborted || kill?.aborted)
  const codes = needed.map(({ name }) => recap[name]?.error?.exitCode ?? 0)
  const exitCode = interrupted ? 130 : Math.max(0, ...codes)
  const changed = rows.some(([, { statuses }]) => statuses.changed + statuses.unknown > 0)
  const durationMs = performance.now() - started
  const event: RunEvent = { type: 'run-finished', mode, exitCode, durationMs, interrupted, recap }
  emit(event)
  const result = { exitCode, interrupted, changed, recap }
  if (mode !== 'plan' || !planFile) return result
  return { ...result, planned: Object.fromEntries(hosts.map((host) => [host.name, recordOf(host, planFile.key)])) }
}
