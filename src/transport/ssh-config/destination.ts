/** Where a connection goes and how: the inventory's settings over those of ssh_config over the defaults. Pure. */

import { definedOnly } from '../../errors.ts'
import type { ConnectionSettings } from '../../model/host.ts'
import type { Secret } from '../../shell/secret.ts'
import { knownHostName } from '../host-keys/known-hosts.ts'
import type { Target } from '../transport.ts'
import { type Hop, parseHops } from './hops.ts'
import type { SshConfig } from './ssh-config.ts'
import { expandHome, type SshEnvironment } from './ssh-environment.ts'

/** How the bytes get to the host's sshd. */
export type Route =
  | { readonly kind: 'tcp' }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'jump'; readonly hops: readonly Hop[] }

/** A host to log in to, with everything decided. */
export interface Destination {
  /** Name in the inventory, for errors. */
  readonly name: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly route: Route
  /** The names to look up in known_hosts, of which the first is recorded. */
  readonly hostKeyNames: readonly string[]
  readonly hostKeyChecking: 'strict' | 'accept-new' | 'no'
  /** The user's own files, of which the first is appended to. */
  readonly knownHostsFiles: readonly string[]
  readonly globalKnownHostsFiles: readonly string[]
  readonly identityFiles: readonly string[]
  /** Whether somebody named these files; defaults that are not there go without saying. */
  readonly identitiesNamed: boolean
  readonly identitiesOnly: boolean
  readonly agentSocket?: string
  readonly password?: Secret<string>
  readonly connectTimeoutMs: number
  readonly keepaliveIntervalMs: number
  /** What a bastion on the way takes over from this host. */
  readonly inherited: ConnectionSettings
}

const defaultIdentities = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa']

/** Decides how to connect to `target`. */
export function destinationOf(target: Target, config: SshConfig, environment: SshEnvironment): Destination {
  const { settings } = target
  const host = settings.hostName ?? config.hostName ?? target.address
  const port = settings.port ?? config.port ?? 22
  const user = settings.user ?? config.user ?? environment.user
  const expand = (path: string) =>
    expandHome(path, environment).replace(
      /%([hrdupn%])/g,
      (_, letter: string) =>
        ({ h: host, r: user, d: environment.home, u: environment.user, p: String(port), n: target.address })[letter] ??
        '%',
    )
  const alias = settings.hostKeyAlias ?? config.hostKeyAlias
  const named = [settings.identityFile ?? config.identityFiles].flat().filter((file) => file !== 'none')
  return {
    name: target.name,
    host,
    port,
    user,
    route: routeOf(settings, config, environment),
    hostKeyNames: alias
      ? [alias.toLowerCase()]
      : [...new Set([host, target.address].map((name) => knownHostName(name, port)))],
    hostKeyChecking: settings.hostKeyChecking ?? hostKeyCheckingOf(config.strictHostKeyChecking),
    knownHostsFiles: [settings.knownHostsFile ?? config.userKnownHostsFiles ?? '~/.ssh/known_hosts']
      .flat()
      .filter((file) => file !== 'none')
      .map(expand),
    globalKnownHostsFiles: (config.globalKnownHostsFiles ?? ['/etc/ssh/ssh_known_hosts'])
      .filter((file) => file !== 'none')
      .map(expand),
    identityFiles: [...new Set((named.length > 0 ? named : defaultIdentities).map(expand))],
    identitiesNamed: named.length > 0,
    identitiesOnly: settings.identitiesOnly ?? config.identitiesOnly ?? false,
    connectTimeoutMs: settings.connectTimeoutMs ?? millisecondsOf(config.connectTimeoutSeconds) ?? 15_000,
    keepaliveIntervalMs: settings.keepaliveIntervalMs ?? millisecondsOf(config.serverAliveIntervalSeconds) ?? 5_000,
    ...definedOnly({ password: settings.password, agentSocket: agentOf(config, environment, expand) }),
    inherited: definedOnly({
      identityFile: settings.identityFile,
      hostKeyChecking: settings.hostKeyChecking,
      knownHostsFile: settings.knownHostsFile,
      sshConfigFile: settings.sshConfigFile,
      connectTimeoutMs: settings.connectTimeoutMs,
      keepaliveIntervalMs: settings.keepaliveIntervalMs,
    }),
  }
}

/** `user@host:port`, as messages name a destination. */
export function addressOf({ user, host, port }: Pick<Destination, 'user' | 'host' | 'port'>): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`
}

function routeOf(settings: ConnectionSettings, config: SshConfig, environment: SshEnvironment): Route {
  const isSet = (value: string | undefined): value is string => value !== undefined && value.toLowerCase() !== 'none'
  if (settings.socketPath !== undefined) return { kind: 'unix', path: expandHome(settings.socketPath, environment) }
  const own = settings.proxyCommand ?? settings.proxyJump
  const command = own === undefined ? config.proxyCommand : settings.proxyCommand
  if (isSet(command)) return { kind: 'command', command }
  const jump = own === undefined ? config.proxyJump : settings.proxyJump
  return isSet(jump) ? { kind: 'jump', hops: parseHops(jump) } : { kind: 'tcp' }
}

function hostKeyCheckingOf(strict: string | undefined): Destination['hostKeyChecking'] {
  if (strict === 'accept-new') return 'accept-new'
  return strict === 'no' || strict === 'off' ? 'no' : 'strict'
}

function agentOf(config: SshConfig, { authSocket }: SshEnvironment, expand: (path: string) => string) {
  const agent = config.identityAgent
  if (agent === 'none') return undefined
  return agent === undefined || agent === 'SSH_AUTH_SOCK' || agent === '$SSH_AUTH_SOCK' ? authSocket : expand(agent)
}

// Zero switches a limit off in ssh_config; a run without limits could hang forever, so it means the default here.
function millisecondsOf(seconds: number | undefined): number | undefined {
  return seconds ? seconds * 1000 : undefined
}
