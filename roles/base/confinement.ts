/** What the daemons of all roles are denied by systemd’s sandbox, and the drop-in that says so. */

import { systemdUnit } from 'foobar-deploy'

/** Options of a service. */
export type ServiceOptions = Readonly<Record<string, string | boolean | string[]>>

/** No daemon of these roles needs any of it. */
export const confinement: ServiceOptions = {
  NoNewPrivileges: true,
  PrivateTmp: true,
  PrivateDevices: true,
  ProtectControlGroups: true,
  ProtectHostname: true,
  ProtectKernelLogs: true,
  ProtectKernelModules: true,
  LockPersonality: true,
  RestrictNamespaces: true,
  RestrictSUIDSGID: true,
  SystemCallArchitectures: 'native',
  SystemCallErrorNumber: 'EPERM',
}

/**
 * The drop-in of a unit that a package brings. It is written before the package is installed, so the program is confined from
 * its first start on. One that runs already is confined from its next start on: no restart is worth an outage.
 */
export function confinementTask(name: string, hardened: boolean, options: ServiceOptions) {
  const unit = { name, dropIn: 'hardening' }
  return hardened
    ? systemdUnit({ ...unit, sections: { Service: { ...options, ...confinement } } })
    : systemdUnit({ ...unit, state: 'absent' })
}
