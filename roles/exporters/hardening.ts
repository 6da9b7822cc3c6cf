/** What exporters may do on their host, by systemd’s sandbox: read and answer. */

/** Options of a service. */
export type Options = Readonly<Record<string, string | boolean | readonly string[]>>

const common: Options = {
  CapabilityBoundingSet: '',
  ProtectSystem: 'strict',
  PrivateTmp: true,
  PrivateDevices: true,
  MemoryDenyWriteExecute: true,
  ProtectKernelTunables: true,
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX AF_NETLINK',
  RemoveIPC: true,
  UMask: '0077',
  NoNewPrivileges: true,
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

/** For an exporter that asks one program. */
export const sandbox: Options = {
  ...common,
  ProtectHome: true,
  ProtectClock: true,
  ProtectProc: 'invisible',
  ProcSubset: 'pid',
  SystemCallFilter: ['@system-service', '~@privileged @resources'],
}

/** For that of the host itself, which tells of all file systems, of processes and of how the clock is kept. */
export const sandboxOfNode: Options = {
  ...common,
  ProtectHome: 'read-only',
  SystemCallFilter: ['@system-service @clock'],
}
