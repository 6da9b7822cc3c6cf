/** What exporters may do on their host, by systemd’s sandbox: read and answer. */

import { confinement, type ServiceOptions } from '../base/confinement.ts'

const common: ServiceOptions = {
  CapabilityBoundingSet: '',
  ProtectSystem: 'strict',
  MemoryDenyWriteExecute: true,
  ProtectKernelTunables: true,
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  RemoveIPC: true,
  UMask: '0077',
  ...confinement,
  RestrictRealtime: true,
}

/** For an exporter that asks one program. */
export const sandbox: ServiceOptions = {
  ...common,
  ProtectHome: true,
  ProtectClock: true,
  ProtectProc: 'invisible',
  ProcSubset: 'pid',
  SystemCallFilter: ['@system-service', '~@privileged @resources'],
}

/** For that of the host itself, which tells of all file systems, of processes and of how the clock is kept. */
export const sandboxOfNode: ServiceOptions = {
  ...common,
  ProtectHome: 'read-only',
  SystemCallFilter: ['@system-service @clock'],
}
