/** Handlers: run once at the end of a play, if a task of this run or of an earlier one notified them. */

import { definedOnly } from '../../errors.ts'
import type { Handler } from '../../model/task-tree.ts'

import type { CompiledTask } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import { converge } from './converge.ts'

/** A handler as tasks on a host. */
export interface CompiledHandler {
  readonly name: string
  readonly tasks: readonly CompiledTask[]
}

/** The handlers that `tasks` may notify, in the order in which they are first named. */
export function handlersOf(tasks: readonly CompiledTask[]): CompiledHandler[] {
  const named = new Map<string, { readonly handler: Handler; readonly by: CompiledTask }>()
  for (const by of tasks) {
    for (const handler of by.task.notify) if (!named.has(handler.name)) named.set(handler.name, { handler, by })
  }
  return [...named.values()].map(({ handler, by }) => ({
    name: handler.name,
    tasks: handler.tasks.map((task): CompiledTask => {
      const { index, play, role } = by.reference
      const user = task.become === undefined ? by.user : task.become === false ? undefined : task.become
      const reference = { index, play, title: task.title, type: task.resource.type, handler: handler.name }
      return { kind: 'task', task, user, tags: [], reference: { ...reference, ...definedOnly({ role, at: task.at }) } }
    }),
  }))
}

/** Runs the pending handlers of `tasks`, and removes each from the host's record when it is done. */
export async function runPendingHandlers(host: HostRun, tasks: readonly CompiledTask[]): Promise<void> {
  for (const { name, tasks: pendingTasks } of handlersOf(tasks)) {
    if (!host.pending.has(name)) continue
    await converge(host, pendingTasks, [])
    // What a person declined for now stays pending.
    if (pendingTasks.some((compiled) => host.isDeclined(compiled))) continue
    await host.pending.clear([name])
  }
}
