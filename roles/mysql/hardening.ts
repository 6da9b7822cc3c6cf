/** What the database server may do on its host, by systemd’s sandbox. */

import { systemdUnit } from 'foobar-deploy'
import type { Place } from './place.ts'

// The drop-in is written before the package is installed, so the server is confined from its first start on. One that runs
// already is confined from its next start on: no restart is worth an outage.
export function hardeningTask({ vars, release }: Pick<Place, 'vars' | 'release'>) {
  const unit = { name: `${release.unit}.service`, dropIn: 'hardening' }
  return vars.hardened
    ? systemdUnit({ ...unit, sections: { Service: sandbox } })
    : systemdUnit({ ...unit, state: 'absent' })
}

// What the package does before the start, as root, is confined too: hence the capabilities.
const sandbox = {
  CapabilityBoundingSet: [
    '',
    'CAP_IPC_LOCK CAP_SYS_NICE CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_SETUID CAP_SETGID CAP_AUDIT_WRITE',
  ],
  ProtectSystem: 'full',
  ProtectHome: true,
  PrivateTmp: true,
  PrivateDevices: true,
  ProtectKernelTunables: true,
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  SystemCallFilter: '@system-service',
  NoNewPrivileges: true,
  ProtectClock: true,
  ProtectControlGroups: true,
  ProtectHostname: true,
  ProtectKernelLogs: true,
  ProtectKernelModules: true,
  LockPersonality: true,
  RestrictNamespaces: true,
  RestrictRealtime: true,
  RestrictSUIDSGID: true,
  SystemCallArchitectures: 'native',
  SystemCallErrorNumber: 'EPERM',
}
