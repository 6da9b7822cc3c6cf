/** One play on its hosts: batch by batch, every host through the whole of it, until too many have failed. */

import { definedOnly, FoobarDeployError } from '../errors.ts'
import type { Play } from '../model/playbook.ts'
import { RunOnce } from './apply/coordination.ts'
import { runPendingHandlers } from './apply/handlers.ts'
import { type FailedPrecondition, failedPreconditions } from './apply/preconditions.ts'
import { runNodes } from './apply/run-nodes.ts'
import { batchesOf, isTooMany, orderedHosts } from './batches.ts'
import type { CompiledPlay } from './compile/compile-plays.ts'
import { tasksIn } from './compile/compiled-play.ts'
import { forEachConcurrently } from './concurrency.ts'
import type { HostRun } from './host/host-run.ts'
import { planNodes } from './plan/plan-nodes.ts'
import type { SharedRun } from './shared-run.ts'

/** Plays `compiled` on those of `hosts` that it is for. `random` gives numbers from 0 to 1, for `order: 'shuffle'`. */
export async function playOn(
  hosts: readonly HostRun[],
  compiled: CompiledPlay,
  forks: number,
  random: () => number,
): Promise<void> {
  const { name, nodes, play } = compiled
  const byName = new Map(hosts.filter((host) => nodes.has(host.name)).map((host) => [host.name, host]))
  const playing = [...byName.values()].filter(({ error }) => !error)
  const batches = batchesOf(orderedHosts([...byName.keys()], play.order, random), play.serial)
  for (const [index, batch] of batches.entries()) {
    const members = batch.flatMap((member) => byName.get(member) ?? [])
    const ready = members.filter(({ error }) => !error)
    const [first] = ready
    // Hosts that were lost before count as failed: a roll must not go on over them.
    if (first && !endsAll(members, play)) {
      const once = new RunOnce()
      for (const host of ready) host.join(once, host === first)
      first.shared.expected.beginBatch()
      first.shared.emit({
        type: 'play-started',
        play: name,
        hosts: ready.map((host) => host.name),
        ...(batches.length > 1 ? { batch: { number: index + 1, of: batches.length } } : {}),
      })
      await forEachConcurrently(ready, forks, async (host) => {
        await guarded(host, () => playOnHost(host, compiled), play.onFailure)
        if (host.isFirst) once.leave(host.name)
        if (host.error && play.anyErrorsFatal) halt(host.shared, [host])
      })
    }
    if (!endsAll(members, play)) continue
    if (play.onFailure === 'next-play') break
    await endFor(hosts, members)
  }
  if (play.onFailure === 'next-play') for (const host of playing) host.setBack()
}

/**
 * Checks the preconditions of all plays before the first change. Where the failure of a play takes no host out of the run, they
 * are checked when the play begins.
 */
export async function checkPreconditions(
  hosts: readonly HostRun[],
  plays: readonly CompiledPlay[],
  forks: number,
): Promise<void> {
  const ahead = plays.filter(({ play }) => play.onFailure !== 'next-play')
  const fatal = new Set(ahead.flatMap(({ name, play }) => (play.anyErrorsFatal ? [name] : [])))
  await forEachConcurrently(hosts, forks, (host) =>
    guarded(host, async () => {
      const failed = await failedPreconditions(
        host,
        ahead.flatMap(({ nodes }) => nodes.get(host.name) ?? []),
      )
      if (failed.some(({ compiled }) => fatal.has(compiled.reference.play))) halt(host.shared, [host])
      refuse(host, failed, 'Nothing was changed on this host.')
    }),
  )
}

// Tells all of `failed` and throws the first.
function refuse(host: HostRun, failed: readonly FailedPrecondition[], claim?: string): void {
  const told = failed.map(({ compiled, error }) => ({ compiled, error: claim ? withClaim(error, claim) : error }))
  for (const { compiled, error } of told) {
    host.progress.begin(compiled)
    host.finish(compiled, { status: 'failed', error })
  }
  if (told[0]) throw told[0].error
}

function withClaim(error: FoobarDeployError, claim: string): FoobarDeployError {
  const { family, code, summary, hint } = error
  return new FoobarDeployError(family, code, summary, {
    hint: hint === undefined ? claim : `${claim} ${hint}`,
  }).with(definedOnly(error))
}

/** Does `work`; a failure takes the host out of the run, and the others go on. Anything but our own errors is a bug. */
export async function guarded(host: HostRun, work: () => Promise<void>, onFailure?: Play['onFailure']): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (!(thrown instanceof FoobarDeployError)) throw thrown
    host.leave(thrown.with({ host: host.name }), onFailure === 'next-play' && thrown.family === 'task')
  }
}

async function endFor(hosts: readonly HostRun[], members: readonly HostRun[]): Promise<void> {
  const failed = members.filter(({ error }) => error)
  for (const host of hosts.filter(({ error }) => !error)) {
    await guarded(host, async () => {
      halt(host.shared, failed)
      host.refuseToGoOn()
    })
  }
}

function endsAll(members: readonly HostRun[], play: Play): boolean {
  return isTooMany(members.filter(({ error }) => error).length, members.length, play)
}

function halt({ halt: controller }: SharedRun, failed: readonly HostRun[]): void {
  if (controller.signal.aborted) return
  controller.abort(
    new FoobarDeployError('task', 'run-halted', 'The run was stopped on all hosts because too many failed', {
      detail: failed.map(({ name }) => name).join(', '),
      hint: 'Fix what failed there first. --failed runs again on the hosts that failed.',
    }),
  )
}

async function playOnHost(host: HostRun, { nodes, tasks, play }: CompiledPlay): Promise<void> {
  host.cache.dropStale()
  const own = nodes.get(host.name) ?? []
  // Also what --start-at leaves out: a handler of it may be pending from the run that failed.
  const notifiers = [...(tasks.get(host.name) ?? [])]
  if (host.shared.mode === 'plan') {
    const { serial, maxFailPercent, anyErrorsFatal, onFailure, order } = play
    return planNodes(host, own, notifiers, [{ serial, maxFailPercent, anyErrorsFatal, onFailure, order }])
  }
  if (play.onFailure === 'next-play') refuse(host, await failedPreconditions(host, own))
  const last = tasksIn(own).at(-1)
  const later = last ? host.tasks.slice(host.tasks.indexOf(last) + 1) : []
  await runNodes(host, own, later, notifiers)
  await runPendingHandlers(host, notifiers)
}
