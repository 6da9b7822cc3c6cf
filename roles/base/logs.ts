/** Tasks of the base role for the journal: how much of it is kept, and for how long. */

import { directory, file, handler, render, service, type TaskList } from 'foobar-deploy'
import type { BaseVariables } from './variables.ts'

const folder = '/etc/systemd/journald.conf.d'

/** A drop-in; journald is restarted, which loses no line. */
export function logTasks({ journal }: BaseVariables): TaskList {
  return [
    directory({ path: folder, owner: 'root', group: 'root', mode: '0755' }),
    file({
      path: `${folder}/foobar-deploy.conf`,
      content: render('./templates/journald.conf.ejs', journal),
      owner: 'root',
      group: 'root',
      mode: '0644',
      notify: handler('restart systemd-journald', service.restart('systemd-journald')),
    }),
  ]
}
