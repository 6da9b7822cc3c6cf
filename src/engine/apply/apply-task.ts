/** Applying one task that has controls of its own: asked for first, so many at a time, tried again, allowed to fail. */

import { setTimeout as delay } from 'node:timers/promises'
import { FoobarDeployError } from '../../errors.ts'
import type { Change } from '../../plan/change.ts'
import type { BuiltTask } from '../compile/built.ts'
import type { HostRun } from '../host/host-run.ts'
import { applyGroup, type Ended } from './apply-group.ts'
import { unreadable } from './task-failure.ts'

/** Whether a task can be applied with others. */
export function hasControls({ task }: BuiltTask): boolean {
  const { confirm, throttle, retry, ignoreFailure, delegateTo, runOnce } = task
  return Boolean(confirm || throttle || retry || ignoreFailure || delegateTo || runOnce)
}

/** Whether something is to be changed for it. */
export function isDue(host: HostRun, built: BuiltTask): boolean {
  return duesOf(host, built).length > 0
}

/** Makes one task hold and tells how it ended. Throws its error unless it may fail. */
export async function applyTask(host: HostRun, built: BuiltTask, next: readonly BuiltTask[]): Promise<void> {
  const { task } = built
  if (task.runOnce && !host.isFirst) {
    const first = await host.once.wait(built)
    return host.finish(built, { status: 'skipped', reason: `runs once, on ${first}` })
  }
  try {
    const dues = duesOf(host, built)
    const { questions } = host.shared
    if (dues.length > 0 && !(await questions.mayChange(host.name, built.reference, dues))) {
      host.decline(built)
      return host.finish(built, { status: 'skipped', reason: 'skipped: you answered no' })
    }
    if (dues.length > 0 && task.confirm !== undefined && !(await questions.confirm(task.confirm))) {
      throw new FoobarDeployError('interrupted', 'not-confirmed', 'You did not answer yes', {
        host: host.name,
        task: built.reference.title,
        detail: task.confirm,
      })
    }
    const work = () => attempts(host, built, next).catch((thrown) => lostDelegate(built, thrown))
    tell(host, await host.shared.throttles.run(built, task.throttle, work))
  } finally {
    if (task.runOnce) host.once.done(built, host.name)
  }
}

/** Tells how a task ended; a failure is thrown, unless the task may fail. */
export function tell(host: HostRun, { built, outcome }: Ended): void {
  const isIgnored = mayFail(built, outcome.error)
  host.finish(built, isIgnored ? { ...outcome, ignored: true } : outcome)
  if (outcome.error && !isIgnored) throw outcome.error
}

/** Whether this failure of a task is told and no more. */
export function mayFail(built: BuiltTask, error: FoobarDeployError | undefined): boolean {
  const { ignoreFailure, ignoreUnreachable } = built.task
  return error !== undefined && (ignoreFailure === true || (ignoreUnreachable === true && isDelegateLost(built, error)))
}

function isDelegateLost({ task }: BuiltTask, error: unknown): boolean {
  return task.delegateTo !== undefined && error instanceof FoobarDeployError && error.family === 'unreachable'
}

// A delegate that is lost on the way is one that cannot be reached.
function lostDelegate(built: BuiltTask, thrown: unknown): Ended {
  if (!built.task.ignoreUnreachable || !isDelegateLost(built, thrown)) throw thrown
  return { built, outcome: { status: 'failed', error: thrown as FoobarDeployError } }
}

async function attempts(host: HostRun, built: BuiltTask, next: readonly BuiltTask[]): Promise<Ended> {
  const { attempts: most = 1, delayMs = 1000, until } = built.task.retry ?? {}
  for (let attempt = 1; ; attempt++) {
    const ended = await once(host, built, next)
    if (!ended) continue
    const result = host.resultOf(built, ended.outcome)
    const isMet = ended.outcome.error === undefined && (until === undefined || until(result))
    if (isMet) return ended
    if (attempt >= most) {
      const error = ended.outcome.error ?? unmet(host, built, most)
      return { built, outcome: { ...ended.outcome, status: 'failed', error } }
    }
    const why = ended.outcome.error?.message ?? 'the condition is not met yet'
    const text = `${built.reference.title}: attempt ${attempt} of ${most}: ${why}; again in ${delayMs / 1000} s`
    host.shared.emit({ type: 'notice', host: host.name, text })
    await delay(delayMs, undefined, host.shared.stop ? { signal: host.shared.stop } : {}).catch(() => {})
    if (host.shared.stop?.aborted) return ended
    await host.cache.read([built])
  }
}

// One attempt; undefined when the wire broke before it had begun.
async function once(host: HostRun, built: BuiltTask, next: readonly BuiltTask[]): Promise<Ended | undefined> {
  const reading = host.cache.get(built)
  if (reading?.kind !== 'state') {
    if (!reading) throw new TypeError('a task is applied that was not read')
    return { built, outcome: { status: 'failed', error: unreadable(host.name, built, reading) } }
  }
  if (reading.changes.length === 0) return { built, outcome: { status: 'ok' } }
  const [ended] = await applyGroup(host, [{ built, reading }], next)
  return ended
}

function duesOf(host: HostRun, built: BuiltTask): readonly Change[] {
  const reading = host.cache.get(built)
  return reading?.kind === 'state' ? reading.changes : []
}

function unmet(host: HostRun, built: BuiltTask, attempts: number): FoobarDeployError {
  return new FoobarDeployError('task', 'until-unmet', 'The condition of `until` was not met', {
    host: host.name,
    task: built.reference.title,
    detail: `after ${attempts} attempts`,
  })
}
