/** What nginx may do on its host, by systemd’s sandbox: listen on low ports, become its user, write its logs. */

import { confinementTask } from '../base/confinement.ts'

// Not among it: MemoryDenyWriteExecute, which compiled regular expressions and Lua do not survive; ProtectSystem=strict, for
// sites write where their owner says.
const sandbox = {
  CapabilityBoundingSet: 'CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_KILL CAP_CHOWN CAP_DAC_OVERRIDE',
  ProtectSystem: 'full',
  ProtectHome: 'read-only',
  ProtectKernelTunables: true,
  ProtectProc: 'invisible',
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  SystemCallFilter: '@system-service',
  ProtectClock: true,
  RestrictRealtime: true,
}

/** The drop-in of nginx’s unit. */
export function hardeningTask(hardened: boolean) {
  return confinementTask('nginx.service', hardened, sandbox)
}
