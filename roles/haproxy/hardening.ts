/** What HAProxy may do on its host, by systemd’s sandbox: listen on low ports, become its user in its own root folder. */

import { systemdUnit } from 'foobar-deploy'

// The drop-in is written before the package is installed, so the program is confined from its first start on. One that runs
// already is confined from its next start on: no restart is worth an outage.
export function hardeningTask(hardened: boolean) {
  const unit = { name: 'haproxy.service', dropIn: 'hardening' }
  return hardened ? systemdUnit({ ...unit, sections: { Service: sandbox } }) : systemdUnit({ ...unit, state: 'absent' })
}

// Not among it: MemoryDenyWriteExecute, which compiled regular expressions and Lua do not survive.
const sandbox = {
  CapabilityBoundingSet:
    'CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_SYS_CHROOT CAP_KILL CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE',
  ProtectSystem: 'strict',
  ReadWritePaths: '/run -/var/lib/haproxy',
  ProtectHome: true,
  PrivateTmp: true,
  PrivateDevices: true,
  ProtectKernelTunables: true,
  ProtectProc: 'invisible',
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  SystemCallFilter: '@system-service chroot',
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
