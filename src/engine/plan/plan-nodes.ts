/** Planning: what an apply would do, from reads alone. What hangs on a change not made yet is said to be unknown. */

import type { FoobarDeployError } from '../../errors.ts'
import { mayFail } from '../apply/apply-with-controls.ts'
import { handlersOf } from '../apply/handlers.ts'
import { unreadable } from '../apply/task-failure.ts'
import { type CompiledNode, type CompiledTask, tasksIn } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import { type Drifted, isUpToDate, queriesOf } from '../read/reading.ts'
import { textDiffs } from '../read/text-diffs.ts'
import type { TaskOutcome } from '../shared-run.ts'

/**
 * Tells of each task of `nodes`, and of the handlers they would notify, what an apply would do. `notifiers` gathers all tasks
 * that may notify handlers; `around` is what the nodes stand in. Throws the error of a task that could not be read at last.
 */
export async function planNodes(
  host: HostRun,
  nodes: readonly CompiledNode[],
  notifiers: CompiledTask[],
  around: readonly object[],
): Promise<void> {
  const teller = new Teller(host)
  await planIn(host, nodes, teller, notifiers, around)
  for (const { name, tasks } of handlersOf(notifiers)) {
    if (!teller.notified.has(name) && !host.pending.has(name)) continue
    await teller.prepare(tasks)
    for (const compiled of tasks) teller.tell(compiled, around)
  }
  if (teller.failure) throw teller.failure
}

async function planIn(
  host: HostRun,
  nodes: readonly CompiledNode[],
  teller: Teller,
  notifiers: CompiledTask[],
  around: readonly object[],
): Promise<void> {
  const tasks = tasksIn(nodes)
  notifiers.push(...tasks)
  await teller.prepare(tasks)
  for (const node of nodes) {
    switch (node.kind) {
      case 'task':
        teller.tell(node, around)
        break
      case 'block': {
        const within = [...around, { block: 'tasks' }]
        await planIn(host, node.nodes, teller, notifiers, within)
        const reason = 'only if a task of its block fails'
        for (const compiled of tasksIn(node.rescue ?? [])) {
          teller.record(compiled, [...around, { block: 'rescue' }], { status: 'unknown', reason })
        }
        await planIn(host, node.always, teller, notifiers, [...around, { block: 'always' }])
        break
      }
      case 'revertible': {
        const { title, paths, restore, withinMs } = node
        await planIn(host, node.nodes, teller, notifiers, [...around, { title, paths, restore, withinMs }])
        break
      }
      case 'following': {
        const result = host.progress.resultFor(node.of)
        if (result?.status === 'ok') await planIn(host, node.build(result), teller, notifiers, around)
        else if (result) {
          const text = `what follows from ${node.of.title} is unknown until that is applied`
          host.shared.emit({ type: 'notice', host: host.name, text })
        }
        break
      }
      case 'flush':
        break
    }
  }
}

/** Tells tasks in order, and remembers the first change that others may hang on. */
class Teller {
  readonly notified = new Set<string>()
  /** The first failure that is not allowed. */
  failure: FoobarDeployError | undefined
  readonly #host: HostRun
  readonly #diffs = new Map<CompiledTask, readonly string[]>()
  readonly #prepared = new Set<CompiledTask>()
  #pending: string | undefined

  constructor(host: HostRun) {
    this.#host = host
  }

  /** Reads what is not notifiers yet, and the diffs where they are wanted. */
  async prepare(tasks: readonly CompiledTask[]): Promise<void> {
    await this.#host.cache.readMissing(tasks)
    const fresh = tasks.filter((compiled) => !this.#prepared.has(compiled))
    for (const compiled of fresh) this.#prepared.add(compiled)
    const drifted = fresh.flatMap((compiled): Drifted[] => {
      const reading = this.#host.cache.get(compiled)
      return reading?.kind === 'state' && reading.changes.length > 0 ? [{ compiled, reading }] : []
    })
    for (const [compiled, diffs] of await textDiffs(this.#host, drifted)) this.#diffs.set(compiled, diffs)
  }

  tell(compiled: CompiledTask, around: readonly object[]): void {
    const host = this.#host
    host.progress.begin(compiled)
    const outcome = this.#outcomeOf(compiled)
    host.finish(compiled, outcome)
    this.record(compiled, around, outcome)
    if (outcome.error && !outcome.ignored) this.failure ??= outcome.error
    if (outcome.status !== 'changed') return
    this.#pending ??= compiled.reference.title
    for (const { name } of compiled.task.notify) this.notified.add(name)
  }

  record(compiled: CompiledTask, around: readonly object[], outcome: TaskOutcome): void {
    this.#host.plan(compiled, around, outcome)
  }

  #outcomeOf(compiled: CompiledTask): TaskOutcome {
    const host = this.#host
    const reading = host.cache.get(compiled)
    if (!reading) throw new TypeError('a task is planned that was not read')
    if (compiled.task.runOnce && !host.isFirst) return { status: 'skipped', reason: 'runs once, on another host' }
    if (reading.kind === 'state') {
      const { changes } = reading
      return { status: isUpToDate(reading) ? 'ok' : 'changed', changes, diffs: this.#diffs.get(compiled) ?? [] }
    }
    // What asks nothing of the host does not hang on what is changed there.
    const hangs = Object.keys(queriesOf(compiled.task)).length > 0
    if (this.#pending !== undefined && hangs) {
      const found = reading.kind === 'unavailable' ? reading.reason : reading.error.message
      return { status: 'unknown', reason: `unknown until applied: ${this.#pending} (${found})` }
    }
    const error = unreadable(host.name, compiled, reading)
    return { status: 'failed', error, ...(mayFail(compiled, error) ? { ignored: true } : {}) }
  }
}
