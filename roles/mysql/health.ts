/** The health daemon: a user of its own, a hardened unit, and the program. */

import { handler, service, systemdUnit, type TaskList, user } from 'foobar-deploy'
import { healthUser } from './accounts.ts'
import type { Place } from './place.ts'
import { programs, programTask } from './programs.ts'

const unit = 'mysql-health.service'

/** The tasks that make it run. */
export function healthTasks({ vars, host }: Place): TaskList {
  const restart = [handler('restart mysql-health', service.restart(unit))]
  const { port, maxLagSeconds, sourceLostSeconds, timeoutSeconds } = vars.health
  const args = [
    `--address=${host.address}`,
    `--port=${port}`,
    '--socket=/run/mysqld/mysqld.sock',
    `--user=${healthUser}`,
    `--max-lag-seconds=${maxLagSeconds}`,
    `--source-lost-seconds=${sourceLostSeconds}`,
    `--timeout-seconds=${timeoutSeconds}`,
  ]
  return [
    user({ name: healthUser, system: true, shell: '/usr/sbin/nologin', home: '/nonexistent' }),
    programTask('health', restart),
    systemdUnit({
      name: unit,
      sections: {
        Unit: { Description: 'Tells whether the database server of this host is writable or readable' },
        Service: {
          ExecStart: [programs.health, ...args].join(' '),
          User: healthUser,
          Restart: 'always',
          RestartSec: '1s',
          MemoryMax: '64M',
          TasksMax: 4,
          ...hardening,
          CapabilityBoundingSet: '',
          RestrictAddressFamilies: ['AF_UNIX AF_INET AF_INET6'],
        },
        Install: { WantedBy: 'multi-user.target' },
      },
      notify: restart,
    }),
    service({ name: unit, running: true, enabled: true }),
  ]
}

/** What neither of the role’s own units may do. */
export const hardening = {
  NoNewPrivileges: true,
  ProtectSystem: 'strict',
  ProtectHome: true,
  PrivateTmp: true,
  PrivateDevices: true,
  ProtectClock: true,
  ProtectControlGroups: true,
  ProtectHostname: true,
  ProtectKernelLogs: true,
  ProtectKernelModules: true,
  ProtectKernelTunables: true,
  ProtectProc: 'invisible',
  LockPersonality: true,
  MemoryDenyWriteExecute: true,
  RestrictNamespaces: true,
  RestrictRealtime: true,
  RestrictSUIDSGID: true,
  SystemCallArchitectures: 'native',
  SystemCallFilter: ['@system-service', '~@privileged @resources'],
  SystemCallErrorNumber: 'EPERM',
  UMask: '0077',
} satisfies Record<string, string | boolean | string[]>
