/** How the servers of HAProxy are doing, for `foobar-deploy status`. */

import { type StatusCell, type StatusRow, sh, statusProbe } from 'foobar-deploy'
import { askHaproxy } from './runtime.ts'

/** The probe of section `Backends`. */
export function backendsProbe(socket: string) {
  // Of its many columns a few: perl-base has no module for more.
  const script = sh`perl -e ${askHaproxy} ${socket} 'show stat -1 4 -1' | cut -d , -f 1,2,5,18,37,57`
  return statusProbe({ section: 'Backends', script, parse: ({ stdout }) => rowsOf(stdout) })
}

interface Server {
  readonly backend: string
  readonly server: string
  readonly sessions: number
  readonly status: string
  readonly check: string
}

/** The rows that the answer stands for. */
export function rowsOf(stdout: string): StatusRow[] {
  const servers = stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(serverOf)
  if (servers.length === 0) return [{ backend: 'none', state: { text: 'HAProxy does not answer', level: 'bad' } }]
  return servers.map((one) => ({
    backend: one.backend,
    server: one.server,
    state: stateOf(one, servers),
    sessions: one.sessions,
    'last check': one.check,
  }))
}

function serverOf(line: string): Server {
  const [backend = '', server = '', sessions = '', status = '', check = '', text = ''] = line.split(',')
  return {
    backend,
    server,
    sessions: Number(sessions),
    status,
    check: [check, text.replaceAll('"', '')].filter(Boolean).join(' '),
  }
}

function stateOf({ status, backend }: Server, all: readonly Server[]): StatusCell {
  if (/^(UP|no check)/.test(status)) return { text: status, level: 'good' }
  if (/^(DRAIN|MAINT|NOLB)/.test(status)) return { text: status, level: 'warning' }
  // Of a database one server alone is writable, and it is no good replica.
  const isStandby = backend.startsWith('mysql-') && all.some((one) => one.backend === backend && one.status === 'UP')
  return { text: status, level: isStandby ? 'good' : 'bad' }
}
