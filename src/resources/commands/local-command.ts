/** The task `localCommand`: a command on the machine that the toolkit runs on. */

import { controller } from '../../model/task.ts'
import type { Task } from '../../model/task-tree.ts'
import { command } from './command.ts'

type CommandInput = Parameters<typeof command>[0]

/**
 * A command of this machine, with a guard as `command` has it. It is done once for each host of the play unless `runOnce`
 * says otherwise, as the user who runs the toolkit.
 *
 * @example
 * ```ts
 * import { localCommand } from 'foobar-deploy'
 *
 * localCommand({ run: 'npm ci && npm run build', cwd: '/srv/app', creates: '/srv/app/dist', runOnce: true })
 * ```
 */
export function localCommand(desired: Omit<CommandInput, 'delegateTo' | 'become'> & LocalGuard): Task {
  return command({ ...desired, delegateTo: controller } as CommandInput)
}

// Omit makes one type of a union; the guard is what the union is about.
type LocalGuard =
  | { readonly creates: string }
  | { readonly removes: string }
  | { readonly unless: string }
  | { readonly onlyIf: string }
  | { readonly always: true }
