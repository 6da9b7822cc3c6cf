/** Handlers: tasks that run at the end of a play if something notified them, once. */

import { FoobarDeployError } from '../errors.ts'
import type { Handler, Task } from './task-tree.ts'

/**
 * A handler. It is recorded on the host before the change that notifies it, so that it is not lost with the run.
 *
 * @example
 * ```ts
 * import { file, handler, service } from 'foobar-deploy'
 *
 * const reload = handler('reload nginx', service.reload('nginx'))
 * file({ path: '/etc/nginx/conf.d/gzip.conf', content: 'gzip on;\n', notify: reload })
 * ```
 */
export function handler(name: string, tasks: Task | readonly Task[]): Handler {
  // The name is a line in the host's record of pending handlers.
  if (!/^[^\n/]+$/.test(name)) {
    throw new FoobarDeployError(
      'definition',
      'invalid-handler-name',
      'A handler needs a name of one line, without a slash',
      {
        detail: JSON.stringify(name),
      },
    )
  }
  return { kind: 'handler', name, tasks: 'kind' in tasks ? [tasks] : tasks }
}
