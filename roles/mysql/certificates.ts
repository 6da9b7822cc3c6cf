/** The server’s certificate, where an authority of yours issues it; a new one is read without a restart. */

import { certificate, command, directory, handler, type TaskList } from 'foobar-deploy'
import type { Place } from './place.ts'
import type { MysqlVariables } from './variables.ts'

/** Whether certificates come from an authority, which needs openssl on the host. */
export function issuesCertificates({ tls }: MysqlVariables): boolean {
  return tls !== undefined && 'authority' in tls
}

/** The tasks for it. */
export function certificateTasks({ vars, host, release, tls }: Place): TaskList {
  if (!tls || !vars.tls || !('authority' in vars.tls)) return []
  const { authority, validDays, renewBeforeDays } = vars.tls
  const run =
    release.flavor === 'mysql'
      ? "mysql --no-defaults --connect-timeout=5 -e 'ALTER INSTANCE RELOAD TLS'"
      : // Without LOCAL it would be a transaction of the replica’s own.
        "mariadb --no-defaults --connect-timeout=5 -e 'FLUSH LOCAL SSL'"
  return [
    directory({ path: '/etc/mysql/tls', owner: 'root', group: 'root', mode: '0755' }),
    certificate({
      path: tls.certificate,
      keyPath: tls.key,
      authorityPath: tls.authority,
      names: [...new Set([host.name, host.address, 'localhost', '127.0.0.1'])],
      authority,
      validDays,
      renewBeforeDays,
      owner: 'mysql',
      group: 'mysql',
      notify: handler('reload mysql certificate', command({ title: 'reload mysql certificate', run, always: true })),
    }),
  ]
}
