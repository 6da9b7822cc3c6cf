/** Planning: what an apply would do, from reads alone. What hangs on a change not made yet is said to be unknown. */

import type { FoobarDeployError } from '../../errors.ts'
import { mayFail } from '../apply/apply-task.ts'
import { handlersOf } from '../apply/handlers.ts'
import { unreadable } from '../apply/task-failure.ts'
import { type BuiltNode, type BuiltTask, tasksIn } from '../compile/built.ts'
import type { HostRun } from '../host/host-run.ts'
import { agrees, type Differing, queriesOf } from '../read/reading.ts'
import { wantedDiffs } from '../read/wanted-diffs.ts'
import type { TaskOutcome } from '../shared-run.ts'

/**
 * Tells of each task of `nodes`, and of the handlers they would notify, what an apply would do. `known` gathers all tasks
 * that may owe handlers; `around` is what the nodes stand in. Throws the error of a task that could not be read at last.
 */
export async function planNodes(
  host: HostRun,
  nodes: readonly BuiltNode[],
  known: BuiltTask[],
  around: readonly object[],
): Promise<void> {
  const teller = new Teller(host)
  await planIn(host, nodes, teller, known, around)
  for (const { name, tasks } of handlersOf(known)) {
    if (!teller.notified.has(name) && !host.pending.has(name)) continue
    await teller.prepare(tasks)
    for (const built of tasks) teller.tell(built, around)
  }
  if (teller.failure) throw teller.failure
}

async function planIn(
  host: HostRun,
  nodes: readonly BuiltNode[],
  teller: Teller,
  known: BuiltTask[],
  around: readonly object[],
): Promise<void> {
  const tasks = tasksIn(nodes)
  known.push(...tasks)
  await teller.prepare(tasks)
  for (const node of nodes) {
    switch (node.kind) {
      case 'task':
        teller.tell(node, around)
        break
      case 'block': {
        const within = [...around, { block: 'tasks' }]
        await planIn(host, node.nodes, teller, known, within)
        const reason = 'only if a task of its block fails'
        for (const built of tasksIn(node.rescue ?? [])) {
          teller.record(built, [...around, { block: 'rescue' }], { status: 'unknown', reason })
        }
        await planIn(host, node.always, teller, known, [...around, { block: 'always' }])
        break
      }
      case 'revertible': {
        const { title, paths, restore, withinMs } = node
        await planIn(host, node.nodes, teller, known, [...around, { title, paths, restore, withinMs }])
        break
      }
      case 'following': {
        const result = host.progress.resultFor(node.of)
        if (result?.status === 'ok') await planIn(host, node.build(result), teller, known, around)
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
  readonly #diffs = new Map<BuiltTask, readonly string[]>()
  readonly #prepared = new Set<BuiltTask>()
  #pending: string | undefined

  constructor(host: HostRun) {
    this.#host = host
  }

  /** Reads what is not known yet, and the diffs where they are wanted. */
  async prepare(tasks: readonly BuiltTask[]): Promise<void> {
    await this.#host.cache.readMissing(tasks)
    const fresh = tasks.filter((built) => !this.#prepared.has(built))
    for (const built of fresh) this.#prepared.add(built)
    const differing = fresh.flatMap((built): Differing[] => {
      const reading = this.#host.cache.get(built)
      return reading?.kind === 'state' && reading.changes.length > 0 ? [{ built, reading }] : []
    })
    for (const [built, diffs] of await wantedDiffs(this.#host, differing)) this.#diffs.set(built, diffs)
  }

  tell(built: BuiltTask, around: readonly object[]): void {
    const host = this.#host
    host.progress.begin(built)
    const outcome = this.#outcomeOf(built)
    host.finish(built, outcome)
    this.record(built, around, outcome)
    if (outcome.error && !outcome.ignored) this.failure ??= outcome.error
    if (outcome.status !== 'changed') return
    this.#pending ??= built.reference.title
    for (const { name } of built.task.notify) this.notified.add(name)
  }

  record(built: BuiltTask, around: readonly object[], outcome: TaskOutcome): void {
    this.#host.plan(built, around, outcome)
  }

  #outcomeOf(built: BuiltTask): TaskOutcome {
    const host = this.#host
    const reading = host.cache.get(built)
    if (!reading) throw new TypeError('a task is planned that was not read')
    if (built.task.runOnce && !host.isFirst) return { status: 'skipped', reason: 'runs once, on another host' }
    if (reading.kind === 'state') {
      const { changes } = reading
      return { status: agrees(reading) ? 'ok' : 'changed', changes, diffs: this.#diffs.get(built) ?? [] }
    }
    // What asks nothing of the host does not hang on what is changed there.
    const hangs = Object.keys(queriesOf(built.task)).length > 0
    if (this.#pending !== undefined && hangs) {
      const found = reading.kind === 'unavailable' ? reading.reason : reading.error.message
      return { status: 'unknown', reason: `unknown until applied: ${this.#pending} (${found})` }
    }
    const error = unreadable(host.name, built, reading)
    return { status: 'failed', error, ...(mayFail(built, error) ? { ignored: true } : {}) }
  }
}
