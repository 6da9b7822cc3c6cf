/** Control of tasks beyond their order: blocks, what follows from a result, changes that revert, handlers run early. */

import type { Command } from '../shell/command.ts'
import type { Block, Flush, Following, Revertible, Task, TaskList, TaskResult } from './task-tree.ts'

/**
 * Tasks with a plan for failure. If one of `tasks` fails, `rescue` runs, and the host stays in the run if that succeeds;
 * without `rescue` the failure goes on. `always` runs in any case, last.
 *
 * @example
 * ```ts
 * import { block, command } from 'foobar-deploy'
 *
 * block({
 *   tasks: [command({ run: 'migrate up', unless: 'migrate done' })],
 *   rescue: [command({ run: 'migrate down', always: true })],
 *   always: [command({ run: 'rm -f /run/migrating', removes: '/run/migrating' })],
 * })
 * ```
 */
export function block(given: {
  readonly tasks: TaskList
  readonly rescue?: TaskList
  readonly always?: TaskList
}): Block {
  return { kind: 'block', tasks: given.tasks, rescue: given.rescue, always: given.always ?? [] }
}

/**
 * Tasks that depend on how `task`, which must stand before, ended on this host: whether it changed something, what it
 * printed, what was read of it. In a plan they are unknown while `task` is not applied.
 *
 * @example
 * ```ts
 * import { after, command } from 'foobar-deploy'
 *
 * const version = command({ run: 'cat /etc/debian_version', readOnly: true })
 * const tasks = [version, after(version, ({ output }) => [output.startsWith('12') && command({ run: 'true', always: true })])]
 * ```
 */
export function after<State>(task: Task<State>, tasks: (result: TaskResult<State>) => TaskList): Following {
  return { kind: 'following', of: task, tasks: tasks as Following['tasks'] }
}

/**
 * Runs the pending handlers here instead of at the end of the play.
 *
 * @example
 * ```ts
 * import { apt, command, flushHandlers, handler, service } from 'foobar-deploy'
 *
 * const tasks = [
 *   apt({ packages: ['nginx'], notify: handler('restart nginx', service.restart('nginx')) }),
 *   flushHandlers(),
 *   command({ run: 'curl -fsS http://127.0.0.1/', always: true }),
 * ]
 * ```
 */
export function flushHandlers(): Flush {
  return { kind: 'flush' }
}

/**
 * Tasks that could cut you off: firewall, sshd, sudoers, network. Before the first change the host keeps a copy of `paths`
 * and starts a timer of its own. After the tasks and the handlers they notify, a new connection is made; only if that
 * succeeds is the timer stopped. Otherwise the host puts the copies back and runs `restore`, also when the controller has
 * died.
 *
 * @example
 * ```ts
 * import { confirmOrRevert, file, handler, service } from 'foobar-deploy'
 *
 * confirmOrRevert({
 *   title: 'sshd',
 *   paths: ['/etc/ssh'],
 *   restore: 'systemctl reload ssh',
 *   tasks: [
 *     file({
 *       path: '/etc/ssh/sshd_config.d/10-hardening.conf',
 *       content: 'PasswordAuthentication no\n',
 *       validate: 'sshd -t',
 *       notify: handler('reload sshd', service.reload('ssh')),
 *     }),
 *   ],
 * })
 * ```
 */
export function confirmOrRevert(given: {
  readonly title: string
  /** Files and folders that are put back; one that is not there now is removed. */
  readonly paths: readonly string[]
  /** What makes the restored files count. */
  readonly restore: string | Command
  /** A command that prints what is in force and lies in no file: `restore` reads that from its standard input. */
  readonly keep?: string | Command
  /** Time for tasks and confirmation, in milliseconds; default 30,000. */
  readonly withinMs?: number
  readonly tasks: TaskList
}): Revertible {
  const { title, paths, restore, keep, withinMs = 30_000, tasks } = given
  const scriptOf = (given: string | Command) => (typeof given === 'string' ? given : given.script)
  return {
    kind: 'revertible',
    title,
    paths,
    restore: scriptOf(restore),
    ...(keep === undefined ? {} : { keep: scriptOf(keep) }),
    withinMs,
    tasks,
  }
}
