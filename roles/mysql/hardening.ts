/** What the database server may do on its host, by systemd’s sandbox. */

import { confinementTask } from '../base/confinement.ts'
import type { Place } from './place.ts'

// What the package does before the start, as root, is confined too: hence the capabilities.
const sandbox = {
  CapabilityBoundingSet: [
    '',
    'CAP_IPC_LOCK CAP_SYS_NICE CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE CAP_SETUID CAP_SETGID CAP_AUDIT_WRITE',
  ],
  ProtectSystem: 'full',
  ProtectHome: true,
  ProtectKernelTunables: true,
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  SystemCallFilter: '@system-service',
  ProtectClock: true,
  RestrictRealtime: true,
}

/** The drop-in of the server’s unit. */
export function hardeningTask({ vars, release }: Pick<Place, 'vars' | 'release'>) {
  return confinementTask(`${release.unit}.service`, vars.hardened, sandbox)
}
