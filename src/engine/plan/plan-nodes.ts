/** Planning: what an apply would do, from reads alone. A task is unknown only if an earlier one would provide what it needs. */

import type { FoobarDeployError } from '../../errors.ts'
import type { Task } from '../../model/task-tree.ts'
import { mayFail } from '../apply/apply-with-controls.ts'
import { handlersOf } from '../apply/handlers.ts'
import { unreadable } from '../apply/task-failure.ts'
import { type CompiledBlock, type CompiledNode, type CompiledTask, tasksIn } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import { type Drifted, isUpToDate, knownState } from '../read/reading.ts'
import { textDiffs } from '../read/text-diffs.ts'
import type { TaskOutcome } from '../shared-run.ts'

/** Where nodes stand. */
interface Scope {
  readonly host: HostRun
  readonly teller: Teller
  /** All tasks that may notify handlers; grows. */
  readonly notifiers: CompiledTask[]
  /** What the nodes stand in, for the record. */
  readonly around: readonly object[]
  /** A failure leads to a rescue, so what comes after it in the block is not reached. */
  readonly endsAtFailure: boolean
}

/**
 * Tells of each task of `nodes`, and of the handlers they would notify, what an apply would do. `notifiers` gathers all tasks
 * that may notify handlers; `around` is what the nodes stand in. Throws the first failure at last.
 */
export async function planNodes(
  host: HostRun,
  nodes: readonly CompiledNode[],
  notifiers: CompiledTask[],
  around: readonly object[],
): Promise<void> {
  const teller = new Teller(host)
  const scope = { host, teller, notifiers, around, endsAtFailure: false }
  await planIn(nodes, scope)
  await planHandlers(notifiers, scope)
  const failure = teller.takeFailure()
  if (failure) throw failure
}

async function planIn(nodes: readonly CompiledNode[], scope: Scope): Promise<void> {
  const { teller, notifiers, around } = scope
  const tasks = tasksIn(nodes)
  notifiers.push(...tasks)
  await teller.prepare(tasks)
  for (const node of nodes) {
    if (scope.endsAtFailure && teller.hasFailed) return
    switch (node.kind) {
      case 'task':
        teller.tell(node, around)
        break
      case 'block':
        await planBlock(node, scope)
        break
      case 'revertible': {
        const { title, paths, restore, withinMs } = node
        const within = { ...scope, around: [...around, { title, paths, restore, withinMs }] }
        await planIn(node.nodes, within)
        await planHandlers(tasksIn(node.nodes), scope)
        break
      }
      case 'following': {
        const { host } = scope
        const result = host.progress.resultFor(node.of)
        if (result?.status === 'ok') await planIn(node.build(result), scope)
        else if (result) teller.tellFollowing(node.of)
        break
      }
      case 'flush':
        await planHandlers(notifiers, scope)
        break
    }
  }
}

async function planBlock({ nodes, rescue, always }: CompiledBlock, scope: Scope): Promise<void> {
  const { teller, around } = scope
  const within = (block: string): Scope => ({ ...scope, around: [...around, { block }] })
  const earlier = teller.takeFailure()
  await planIn(nodes, { ...within('tasks'), endsAtFailure: scope.endsAtFailure || rescue !== undefined })
  let failure = teller.takeFailure()
  if (failure && rescue) {
    await planIn(rescue, within('rescue'))
    failure = teller.takeFailure()
  } else {
    const reason = 'only if a task of its block fails'
    for (const compiled of tasksIn(rescue ?? [])) {
      teller.record(compiled, within('rescue').around, { status: 'unknown', reason })
    }
  }
  await planIn(always, within('always'))
  teller.fail(earlier ?? failure)
}

/** The handlers of `notifiers` that are notified by now or pending from an earlier run. */
async function planHandlers(notifiers: readonly CompiledTask[], { teller, around }: Scope): Promise<void> {
  for (const { name, tasks } of handlersOf(notifiers)) {
    if (!teller.takeNotified(name)) continue
    await teller.prepare(tasks)
    for (const compiled of tasks) teller.tell(compiled, around)
  }
}

/** Tells tasks in order, and remembers what later ones may wait for. */
class Teller {
  readonly #host: HostRun
  readonly #diffs = new Map<CompiledTask, readonly string[]>()
  readonly #prepared = new Set<CompiledTask>()
  readonly #notified: Set<string>
  // The first that is not allowed.
  #failure: FoobarDeployError | undefined

  constructor(host: HostRun) {
    this.#host = host
    this.#notified = new Set(host.pending.names)
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** The first failure so far; it is forgotten. */
  takeFailure(): FoobarDeployError | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  /** `failure` goes before those since. */
  fail(failure: FoobarDeployError | undefined): void {
    this.#failure = failure ?? this.#failure
  }

  /** Whether a handler is to run; it is forgotten. */
  takeNotified(name: string): boolean {
    return this.#notified.delete(name)
  }

  /** Reads what is not read yet, and the diffs where they are wanted. */
  async prepare(tasks: readonly CompiledTask[]): Promise<void> {
    await this.#host.cache.readMissing(tasks)
    const fresh = tasks.filter((compiled) => !this.#prepared.has(compiled))
    for (const compiled of fresh) this.#prepared.add(compiled)
    const drifted = fresh.flatMap((compiled): Drifted[] => {
      const reading = knownState(this.#host.cache.get(compiled))
      return reading && reading.changes.length > 0 ? [{ compiled, reading }] : []
    })
    for (const [compiled, diffs] of await textDiffs(this.#host, drifted)) this.#diffs.set(compiled, diffs)
  }

  tell(compiled: CompiledTask, around: readonly object[]): void {
    const host = this.#host
    host.progress.begin(compiled)
    const outcome = this.#outcomeOf(compiled)
    host.finish(compiled, outcome)
    this.record(compiled, around, outcome)
    if (outcome.error && !outcome.ignored) this.#failure ??= outcome.error
    const reading = host.cache.get(compiled)
    if (!isUpToDate(reading) && mayChange(compiled, outcome)) host.shared.expected.add(host.name, compiled, reading)
    if (outcome.status !== 'changed') return
    for (const { name } of compiled.task.notify) this.#notified.add(name)
  }

  /** What follows from `task` cannot be told before that is applied. */
  tellFollowing(task: Task): void {
    const { name, shared } = this.#host
    shared.expected.addFollowing(name, task)
    const text = `what follows from ${task.title} is unknown until that is applied`
    shared.emit({ type: 'notice', host: name, text })
  }

  record(compiled: CompiledTask, around: readonly object[], outcome: TaskOutcome): void {
    this.#host.plan(compiled, around, outcome)
  }

  #outcomeOf(compiled: CompiledTask): TaskOutcome {
    const host = this.#host
    const reading = host.cache.get(compiled)
    if (!reading) throw new TypeError('a task is planned that was not read')
    if (compiled.task.runOnce && !host.isFirst) return { status: 'skipped', reason: 'runs once, on another host' }
    const known = knownState(reading)
    const changes = known?.changes ?? []
    const foreseen = {
      status: changes.length > 0 ? 'changed' : 'ok',
      changes,
      diffs: this.#diffs.get(compiled) ?? [],
    } as const
    if (reading.kind === 'state') return foreseen
    const provider = host.shared.expected.providerFor(host.name, compiled, reading)
    if (provider !== undefined && known) return foreseen
    if (provider !== undefined) {
      const found = reading.kind === 'unavailable' ? reading.reason : reading.error.message
      return { status: 'unknown', reason: `unknown until applied: ${provider} (${found.split('\n', 1)[0]})` }
    }
    const error = unreadable(host.name, compiled, reading)
    return { status: 'failed', error, ...(mayFail(compiled, error) ? { ignored: true } : {}) }
  }
}

// What another host does once may be done here too. After a failure that is not allowed nothing comes, so a later task that
// lacks what the failed one makes is not a failure of its own.
function mayChange({ task: { delegateTo } }: CompiledTask, { status, ignored }: TaskOutcome): boolean {
  return status === 'skipped' ? delegateTo !== undefined : !(status === 'failed' && ignored)
}
