/** The units of the application: a hardened service, and the socket that outlives it. */

import { isIPv6 } from 'node:net'
import type { systemdUnit } from 'foobar-deploy'
import { placesOf } from './places.ts'
import type { AppVariables } from './variables.ts'

type Sections = NonNullable<Parameters<typeof systemdUnit>[0]['sections']>

/** The service. What is not among its hardening would kill Node.js: see the README. */
export function serviceSections(vars: AppVariables): Sections {
  const { name, main, user, socket, stopWithinSeconds, nodePath, nodeOptions, after, serviceOptions } = vars
  const { current, environment } = placesOf(vars)
  const isGiven = socket === 'systemd'
  return {
    Unit: {
      Description: `The application ${name}`,
      After: ['network.target', ...after, ...(isGiven ? [`${name}.socket`] : [])].join(' '),
      ...(isGiven ? { Requires: `${name}.socket` } : {}),
      // A database that is away for long must not be the end of it.
      StartLimitIntervalSec: 0,
    },
    Service: {
      Type: 'exec',
      ExecStart: [nodePath, ...nodeOptions, main].join(' '),
      WorkingDirectory: current,
      EnvironmentFile: environment,
      Restart: 'always',
      RestartSec: 1,
      TimeoutStopSec: stopWithinSeconds,
      ...(user === undefined ? { DynamicUser: true } : { User: user }),
      ...hardening,
      ...serviceOptions,
    },
    Install: { WantedBy: 'multi-user.target' },
  }
}

/** The socket. Connections wait in it while the service restarts. */
export function socketSections({ name, address, port }: AppVariables): Sections {
  return {
    Unit: { Description: `The socket of the application ${name}` },
    Socket: {
      ListenStream: `${isIPv6(address) ? `[${address}]` : address}:${port}`,
      // The address may come up later than the socket.
      FreeBind: true,
      NoDelay: true,
      Backlog: 1024,
    },
    Install: { WantedBy: 'sockets.target' },
  }
}

const hardening = {
  NoNewPrivileges: true,
  CapabilityBoundingSet: '',
  AmbientCapabilities: '',
  ProtectSystem: 'strict',
  ProtectHome: true,
  PrivateTmp: true,
  PrivateDevices: true,
  PrivateUsers: true,
  ProtectClock: true,
  ProtectHostname: true,
  ProtectKernelLogs: true,
  ProtectKernelModules: true,
  ProtectKernelTunables: true,
  ProtectControlGroups: true,
  ProtectProc: 'invisible',
  ProcSubset: 'pid',
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX',
  RestrictNamespaces: true,
  RestrictRealtime: true,
  RestrictSUIDSGID: true,
  LockPersonality: true,
  RemoveIPC: true,
  UMask: '0077',
  SystemCallArchitectures: 'native',
  SystemCallFilter: ['@system-service', '~@privileged'],
  SystemCallErrorNumber: 'EPERM',
}
