/** Changes that revert: the host takes them back by itself unless a new connection confirms them in time. */

import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { FoobarDeployError, messageOf } from '../../errors.ts'
import { becameUnsafe } from '../../resources/files/path-safety.query.ts'
import { type CompiledRevertible, tasksIn } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import { isUpToDate } from '../read/reading.ts'
import { type RollbackTimer, readReverted, rescued, rollBackNow, startTimer, stopTimer } from './rollback-timer.ts'

/** Runs `work` under the host's own watch. Where nothing differs, no watch is set. */
export async function runRevertible(host: HostRun, node: CompiledRevertible, work: () => Promise<void>): Promise<void> {
  const tasks = tasksIn(node.nodes)
  await host.cache.readMissing(tasks)
  const hasPending = tasks.some(({ task }) => task.notify.some(({ name }) => host.pending.has(name)))
  if (!hasPending && tasks.every((compiled) => isUpToDate(host.cache.get(compiled)))) return work()
  host.refuseToGoOn()
  const watch: RollbackTimer = { name: `${host.shared.runId}-${randomBytes(3).toString('hex')}`, node }
  const set = await ask(host, startTimer(watch))
  if (set.status === becameUnsafe) throw unsafe(host, node, set.output)
  if (set.status !== 0) {
    throw new FoobarDeployError('task', 'watch-failed', 'The rollback timer could not be started', {
      host: host.name,
      task: node.title,
      detail: set.output,
      hint: 'None of its tasks was started. The rollback timer needs root and free space in /var/lib/foobar-deploy.',
    })
  }
  try {
    await work()
    await confirm(host, node.withinMs)
  } catch (thrown) {
    throw await rollBack(host, node, watch, thrown)
  }
  const stopped = await ask(host, stopTimer(watch))
  if (stopped.status === 0) return
  host.cache.replace()
  throw reverted(host, node, stopped.output === 'reverted' ? 'the timer expired' : stopped.output)
}

const pauseMs = 400
const longestAttemptMs = 2000
const dropped = new Set(['connection-refused', 'closed-early', 'connect-failed', 'connection-lost', 'not-ssh'])

/**
 * Makes a new connection. A daemon that was just restarted may take its time until it listens, so a connection that ends
 * at once is tried again for a third of the time that the host gives us; one that is refused to the user, or not answered,
 * is not.
 */
async function confirm(host: HostRun, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs / 3
  for (;;) {
    const started = performance.now()
    try {
      return await host.link.probe()
    } catch (thrown) {
      const isDropped = thrown instanceof FoobarDeployError && dropped.has(thrown.code)
      const isAtOnce = performance.now() - started < longestAttemptMs
      if (!isDropped || !isAtOnce || performance.now() > deadline) throw thrown
    }
    await delay(pauseMs)
  }
}

/** Reverts where that is possible from here; what is to be thrown for it. */
async function rollBack(
  host: HostRun,
  node: CompiledRevertible,
  watch: RollbackTimer,
  thrown: unknown,
): Promise<unknown> {
  const { title, withinMs } = node
  const tell = (text: string) => host.shared.emit({ type: 'notice', host: host.name, text: `${title}: ${text}` })
  tell(`rolling back: ${messageOf(thrown)}`)
  host.cache.replace()
  const done = await ask(host, rollBackNow(watch)).catch((unreached: unknown) => {
    if (!(unreached instanceof FoobarDeployError)) throw unreached
    return undefined
  })
  const isExpected = thrown instanceof FoobarDeployError
  if (done?.status === 0) {
    const { wasBefore, left } = readReverted(done.output)
    tell(
      left.length === 0
        ? 'everything is as it was before'
        : `${left.join(', ')} could not be put back; copies are in ${rescued} on the host`,
    )
    // A task's own failure says more than that it was reverted; what failed because the host had reverted says less.
    const isLockOut = isExpected && (thrown.family === 'unreachable' || (thrown.family === 'task' && wasBefore))
    return isLockOut ? reverted(host, node, messageOf(thrown), thrown) : thrown
  }
  if (!isExpected || thrown.family === 'interrupted') return thrown
  return new FoobarDeployError(
    'unreachable',
    'revert-unseen',
    'A change was not confirmed, and the rollback could not be observed',
    {
      host: host.name,
      task: title,
      detail: done ? done.output : messageOf(thrown),
      hint: `The host reverts by itself ${withinMs / 1000} s after the change began, without us, or when it boots.`,
      cause: thrown,
    },
  )
}

function unsafe(host: HostRun, { title }: CompiledRevertible, output: string): FoobarDeployError {
  return new FoobarDeployError('task', 'unsafe-path', 'Root does not write where another user can redirect it', {
    host: host.name,
    task: title,
    detail: output.replace(/^unsafe path: /gm, ''),
    hint: 'Nothing was changed. Let root alone write to the folders that the paths are in, or leave these paths out.',
  })
}

function reverted(host: HostRun, { title }: CompiledRevertible, detail: string, cause?: unknown): FoobarDeployError {
  return new FoobarDeployError('task', 'reverted', 'A change was reverted, because no new connection confirmed it', {
    host: host.name,
    task: title,
    detail,
    hint: 'The host is as it was before. Fix what would have locked you out, then apply again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

async function ask(host: HostRun, script: string): Promise<{ status: number; output: string }> {
  const { status = 1, stdout, stderr } = await host.link.control(host.user, script)
  return { status, output: `${stdout}${stderr}`.trim() }
}
