/** What keepalived may do on its host, by systemd’s sandbox: addresses and packets, and programs as another user. */

import { systemdUnit } from 'foobar-deploy'

// The drop-in is written before the package is installed, so the program is confined from its first start on. One that runs
// already is confined from its next start on: no restart is worth an outage.
export function hardeningTask(hardened: boolean) {
  const unit = { name: 'keepalived.service', dropIn: 'hardening' }
  return hardened ? systemdUnit({ ...unit, sections: { Service: sandbox } }) : systemdUnit({ ...unit, state: 'absent' })
}

// Not among it: ProtectKernelTunables, for keepalived sets parameters of interfaces; ProtectSystem=strict, for a program of
// `notify` may write.
const sandbox = {
  CapabilityBoundingSet:
    'CAP_NET_ADMIN CAP_NET_RAW CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_KILL CAP_SYS_NICE CAP_IPC_LOCK CAP_DAC_OVERRIDE',
  ProtectSystem: 'full',
  ProtectHome: true,
  PrivateTmp: true,
  PrivateDevices: true,
  MemoryDenyWriteExecute: true,
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK AF_PACKET',
  SystemCallFilter: '@system-service',
  NoNewPrivileges: true,
  ProtectClock: true,
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
