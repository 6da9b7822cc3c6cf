/** What HAProxy may do on its host, by systemd’s sandbox: listen on low ports, become its user in its own root folder. */

import { confinementTask } from '../base/confinement.ts'

// Not among it: MemoryDenyWriteExecute, which compiled regular expressions and Lua do not survive.
const sandbox = {
  CapabilityBoundingSet:
    'CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_SYS_CHROOT CAP_KILL CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE',
  ProtectSystem: 'strict',
  ReadWritePaths: '/run -/var/lib/haproxy',
  ProtectHome: true,
  ProtectKernelTunables: true,
  ProtectProc: 'invisible',
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  SystemCallFilter: '@system-service chroot',
  ProtectClock: true,
  RestrictRealtime: true,
}

/** The drop-in of haproxy’s unit. */
export function hardeningTask(hardened: boolean) {
  return confinementTask('haproxy.service', hardened, sandbox)
}
