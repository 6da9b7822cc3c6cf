/** Applying one task that has controls of its own: asked for first, so many at a time, tried again, allowed to fail. */

import { setTimeout as delay } from 'node:timers/promises'
import { FoobarDeployError } from '../../errors.ts'
import type { Change } from '../../plan/change.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import { applyGroup, type Ended } from './apply-group.ts'
import { unreadable } from './task-failure.ts'

/** Whether a task can be applied with others. */
export function hasControls({ task }: CompiledTask): boolean {
  const { confirm, throttle, retry, ignoreFailure, delegateTo, runOnce } = task
  return Boolean(confirm || throttle || retry || ignoreFailure || delegateTo || runOnce)
}

/** Whether the task has changes to make. */
export function isDue(host: HostRun, compiled: CompiledTask): boolean {
  return duesOf(host, compiled).length > 0
}

/** Makes one task hold and tells how it ended. Throws its error unless it may fail. */
export async function applyWithControls(
  host: HostRun,
  compiled: CompiledTask,
  next: readonly CompiledTask[],
): Promise<void> {
  const { task } = compiled
  if (task.runOnce && !host.isFirst) {
    const first = await host.runOnce.wait(compiled)
    return host.finish(compiled, { status: 'skipped', reason: `runs once, on ${first}` })
  }
  try {
    const dues = duesOf(host, compiled)
    const { questions } = host.shared
    if (dues.length > 0 && !(await questions.mayChange(host.name, compiled.reference, dues))) {
      host.decline(compiled)
      return host.finish(compiled, { status: 'skipped', reason: 'skipped: you answered no' })
    }
    if (dues.length > 0 && task.confirm !== undefined && !(await questions.confirm(task.confirm))) {
      throw new FoobarDeployError('interrupted', 'not-confirmed', 'You did not answer yes', {
        host: host.name,
        task: compiled.reference.title,
        detail: task.confirm,
      })
    }
    const work = () => retry(host, compiled, next).catch((thrown) => lostDelegate(compiled, thrown))
    tell(host, await host.shared.throttles.run(compiled, task.throttle, work))
  } finally {
    if (task.runOnce) host.runOnce.done(compiled, host.name)
  }
}

/** Tells how a task ended; a failure is thrown, unless the task may fail. */
export function tell(host: HostRun, { compiled, outcome }: Ended): void {
  const isIgnored = mayFail(compiled, outcome.error)
  host.finish(compiled, isIgnored ? { ...outcome, ignored: true } : outcome)
  if (outcome.error && !isIgnored) throw outcome.error
}

/** Whether the host continues after this failure. */
export function mayFail(compiled: CompiledTask, error: FoobarDeployError | undefined): boolean {
  const { ignoreFailure, ignoreUnreachable } = compiled.task
  return (
    error !== undefined && (ignoreFailure === true || (ignoreUnreachable === true && isDelegateLost(compiled, error)))
  )
}

function isDelegateLost({ task }: CompiledTask, error: unknown): boolean {
  return task.delegateTo !== undefined && error instanceof FoobarDeployError && error.family === 'unreachable'
}

// A delegate that is lost on the way is one that cannot be reached.
function lostDelegate(compiled: CompiledTask, thrown: unknown): Ended {
  if (!compiled.task.ignoreUnreachable || !isDelegateLost(compiled, thrown)) throw thrown
  return { compiled, outcome: { status: 'failed', error: thrown as FoobarDeployError } }
}

async function retry(host: HostRun, compiled: CompiledTask, next: readonly CompiledTask[]): Promise<Ended> {
  const { attempts: most = 1, delayMs = 1000, until } = compiled.task.retry ?? {}
  for (let attempt = 1; ; attempt++) {
    const ended = await tryOnce(host, compiled, next)
    if (!ended) continue
    const result = host.resultOf(compiled, ended.outcome)
    const isMet = ended.outcome.error === undefined && (until === undefined || until(result))
    if (isMet) return ended
    if (attempt >= most) {
      const error = ended.outcome.error ?? unmet(host, compiled, most)
      return { compiled, outcome: { ...ended.outcome, status: 'failed', error } }
    }
    const why = ended.outcome.error?.message ?? 'the condition is not met yet'
    const text = `${compiled.reference.title}: attempt ${attempt} of ${most}: ${why}; again in ${delayMs / 1000} s`
    host.shared.emit({ type: 'notice', host: host.name, text })
    await delay(delayMs, undefined, host.shared.stop ? { signal: host.shared.stop } : {}).catch(() => {})
    if (host.shared.stop?.aborted) return ended
    await host.cache.read([compiled])
  }
}

// One attempt; undefined when the wire broke before it had begun.
async function tryOnce(
  host: HostRun,
  compiled: CompiledTask,
  next: readonly CompiledTask[],
): Promise<Ended | undefined> {
  const reading = host.cache.get(compiled)
  if (reading?.kind !== 'state') {
    if (!reading) throw new TypeError('a task is applied that was not read')
    return { compiled, outcome: { status: 'failed', error: unreadable(host.name, compiled, reading) } }
  }
  if (reading.changes.length === 0) return { compiled, outcome: { status: 'ok' } }
  const [ended] = await applyGroup(host, [{ compiled, reading }], next)
  return ended
}

function duesOf(host: HostRun, compiled: CompiledTask): readonly Change[] {
  const reading = host.cache.get(compiled)
  return reading?.kind === 'state' ? reading.changes : []
}

function unmet(host: HostRun, compiled: CompiledTask, attempts: number): FoobarDeployError {
  return new FoobarDeployError('task', 'until-unmet', 'The condition of `until` was not met', {
    host: host.name,
    task: compiled.reference.title,
    detail: `after ${attempts} attempts`,
  })
}
