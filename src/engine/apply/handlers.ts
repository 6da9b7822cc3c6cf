/** Handlers: run once at the end of a play, if owed by a task of this run or of an earlier one. */

import { definedOnly } from '../../errors.ts'
import type { Handler } from '../../model/task-tree.ts'

import type { BuiltTask } from '../compile/built.ts'
import type { HostRun } from '../host/host-run.ts'
import { converge } from './converge.ts'

/** A handler as tasks on a host. */
export interface BuiltHandler {
  readonly name: string
  readonly tasks: readonly BuiltTask[]
}

/** The handlers that `tasks` may notify, in the order in which they are first named. */
export function handlersOf(tasks: readonly BuiltTask[]): BuiltHandler[] {
  const named = new Map<string, { readonly handler: Handler; readonly by: BuiltTask }>()
  for (const by of tasks) {
    for (const handler of by.task.notify) if (!named.has(handler.name)) named.set(handler.name, { handler, by })
  }
  return [...named.values()].map(({ handler, by }) => ({
    name: handler.name,
    tasks: handler.tasks.map((task): BuiltTask => {
      const { index, play, role } = by.reference
      const user = task.become === undefined ? by.user : task.become === false ? undefined : task.become
      const reference = { index, play, title: task.title, type: task.resource.type, handler: handler.name }
      return { kind: 'task', task, user, tags: [], reference: { ...reference, ...definedOnly({ role, at: task.at }) } }
    }),
  }))
}

/** Runs those of the handlers of `tasks` that are owed, and strikes each from the host's record when it is paid. */
export async function payHandlers(host: HostRun, tasks: readonly BuiltTask[]): Promise<void> {
  for (const { name, tasks: owedTasks } of handlersOf(tasks)) {
    if (!host.pending.has(name)) continue
    await converge(host, owedTasks, [])
    // What a person left out for now is owed all the same.
    if (owedTasks.some((built) => host.isDeclined(built))) continue
    await host.pending.clear([name])
  }
}
