/** Planning: what an apply would do, from reads alone. What hangs on a change not made yet is said to be unknown. */

import { type BuiltNode, type BuiltTask, tasksIn } from './built.ts'
import { handlersOf } from './handlers.ts'
import type { HostRun } from './host-run.ts'
import { agrees, type Differing } from './reading.ts'
import { unreadable } from './task-failure.ts'
import { wantedDiffs } from './wanted-diffs.ts'

/** Tells of each task of `nodes`, and of the handlers they would notify, what an apply would do. */
export async function planNodes(host: HostRun, nodes: readonly BuiltNode[]): Promise<void> {
  const teller = new Teller(host)
  const known: BuiltTask[] = []
  await planIn(host, nodes, teller, known)
  for (const { name, tasks } of handlersOf(known)) {
    if (!teller.notified.has(name) && !host.owed.has(name)) continue
    await teller.prepare(tasks)
    for (const built of tasks) teller.tell(built)
  }
}

async function planIn(host: HostRun, nodes: readonly BuiltNode[], teller: Teller, known: BuiltTask[]): Promise<void> {
  const tasks = tasksIn(nodes)
  known.push(...tasks)
  await teller.prepare(tasks)
  for (const node of nodes) {
    if (node.kind === 'task') teller.tell(node)
    else if (node.kind === 'block') for (const built of tasksIn([node])) teller.tell(built)
    else if (node.kind === 'revertible') for (const built of tasksIn([node])) teller.tell(built)
    else if (node.kind === 'following') {
      const result = host.results.get(node.of)
      if (!result) continue
      if (result.status === 'ok') await planIn(host, node.build(result), teller, known)
      else {
        const text = `what follows from ${node.of.title} is unknown until that is applied`
        host.shared.emit({ type: 'notice', host: host.name, text })
      }
    }
  }
}

/** Tells tasks in order, and remembers the first change that others may hang on. */
class Teller {
  readonly notified = new Set<string>()
  readonly #host: HostRun
  readonly #diffs = new Map<BuiltTask, readonly string[]>()
  #pending: string | undefined

  constructor(host: HostRun) {
    this.#host = host
  }

  /** Reads what is not known yet, and the diffs where they are wanted. */
  async prepare(tasks: readonly BuiltTask[]): Promise<void> {
    const unread = tasks.filter((built) => !this.#host.known(built))
    if (unread.length > 0) await this.#host.read(unread)
    const differing = tasks.flatMap((built): Differing[] => {
      const reading = this.#host.known(built)
      return reading?.kind === 'state' && reading.changes.length > 0 ? [{ built, reading }] : []
    })
    for (const [built, diffs] of await wantedDiffs(this.#host, differing)) this.#diffs.set(built, diffs)
  }

  tell(built: BuiltTask): void {
    const host = this.#host
    const reading = host.known(built)
    host.shared.emit({ type: 'task-started', host: host.name, task: built.reference })
    if (built.task.runOnce && !host.isFirst) {
      host.finish(built, { status: 'skipped', reason: 'runs once, on another host' })
    } else if (reading?.kind === 'state') {
      const { changes } = reading
      const status = agrees(reading) ? 'ok' : 'changed'
      host.finish(built, { status, changes, diffs: this.#diffs.get(built) ?? [] })
      if (agrees(reading)) return
      this.#pending ??= built.reference.title
      for (const { name } of built.task.notify) this.notified.add(name)
    } else if (reading && this.#pending !== undefined) {
      const found = reading.kind === 'unavailable' ? reading.reason : reading.error.message
      host.finish(built, { status: 'unknown', reason: `unknown until applied: ${this.#pending} (${found})` })
    } else if (reading) {
      const error = unreadable(host.name, built, reading)
      const isIgnored = built.task.ignoreFailure === true
      host.finish(built, { status: 'failed', error, ...(isIgnored ? { ignored: true } : {}) })
      if (!isIgnored) host.error ??= error
    }
  }
}
