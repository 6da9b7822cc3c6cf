/** What keepalived may do on its host, by systemd’s sandbox: addresses and packets, and programs as another user. */

import { confinementTask } from '../base/confinement.ts'

// Not among it: ProtectKernelTunables, for keepalived sets parameters of interfaces; ProtectSystem=strict, for a program of
// `notify` may write.
const sandbox = {
  CapabilityBoundingSet:
    'CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_KILL CAP_SYS_NICE CAP_IPC_LOCK CAP_DAC_OVERRIDE',
  ProtectSystem: 'full',
  ProtectHome: true,
  MemoryDenyWriteExecute: true,
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK AF_PACKET',
  SystemCallFilter: '@system-service',
  ProtectClock: true,
}

/** The drop-in of keepalived’s unit. */
export function hardeningTask(hardened: boolean) {
  return confinementTask('keepalived.service', hardened, sandbox)
}
