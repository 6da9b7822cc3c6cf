/** Where a connection goes and how: the inventory's settings over those of ssh_config over the defaults. Pure. */

import { definedOnly } from '../../errors.ts'
import type { ConnectionSettings } from '../../model/host.ts'
import type { Secret } from '../../shell/secret.ts'
import { knownHostName } from '../host-keys/known-hosts.ts'
import type { Target } from '../transport.ts'
import { located } from './config-lines.ts'
import { isNone } from './config-values.ts'
import { type Hop, parseHops } from './hops.ts'
import { type AlgorithmLimits, type IgnoredSetting, loweredHost, type SshConfig } from './ssh-config.ts'
import { expandHome, type SshEnvironment } from './ssh-environment.ts'
import {
  expandPath,
  expandText,
  expandTokens,
  proxyTokensOf,
  type TokenSubject,
  type Tokens,
  tokensOf,
} from './tokens.ts'

/** How the bytes get to the host's sshd. */
export type Route =
  | { readonly kind: 'tcp' }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'command'; readonly command: string; readonly tokens: Tokens }
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
  /** Whether a recorded name is hashed. */
  readonly hashKnownHosts: boolean
  readonly identityFiles: readonly string[]
  /** Whether somebody named these files; defaults that are not there go without saying. */
  readonly identitiesNamed: boolean
  /** Certificates by name; without any, those beside the identity files count. */
  readonly certificateFiles: readonly string[]
  readonly identitiesOnly: boolean
  readonly agentSocket?: string
  readonly password?: Secret<string>
  readonly connectTimeoutMs: number
  readonly keepaliveIntervalMs: number
  readonly algorithmLimits?: AlgorithmLimits
  /** What a bastion on the way takes over from this host. */
  readonly inherited: ConnectionSettings
  /** What ssh_config says and this toolkit does not follow. */
  readonly ignored: SshConfig['ignored']
}

const defaultIdentities = ['ed25519', 'ecdsa', 'rsa', 'ed25519_sk', 'ecdsa_sk'].map((type) => `~/.ssh/id_${type}`)

/** Decides how to connect to `target`. */
export function destinationOf(target: Target, config: SshConfig, environment: SshEnvironment): Destination {
  const { settings } = target
  const jump = jumpOf(settings, config)
  const aside = {
    address: target.address,
    host: loweredHost(settings.hostName ?? config.hostName ?? target.address),
    port: settings.port ?? config.port ?? 22,
    hostKeyAlias: (settings.hostKeyAlias ?? config.hostKeyAlias)?.toLowerCase(),
    jumpHost: jump === undefined ? undefined : parseHops(jump).at(-1)?.host,
  }
  const user = settings.user ?? userOf(config, aside, environment)
  const subject: TokenSubject = { ...aside, user }
  const { host, port, hostKeyAlias } = subject
  const tokens = tokensOf(subject, environment)
  const expand = (path: string) => located(config.places.get(path), () => expandPath(path, tokens, environment))
  const files = (paths: string | readonly string[]) => [
    ...new Set(
      [paths]
        .flat()
        .filter((path) => !isNone(path))
        .map(expand),
    ),
  ]
  const identities = [settings.identityFile ?? config.identityFiles].flat()
  const agentSocket = agentOf(config.identityAgent, environment, expand)
  return {
    name: target.name,
    host,
    port,
    user,
    route: routeOf(settings, config, subject, environment),
    hostKeyNames: hostKeyAlias
      ? [hostKeyAlias]
      : [...new Set([host, target.address].map((name) => knownHostName(name, port)))],
    hostKeyChecking: settings.hostKeyChecking ?? config.hostKeyChecking ?? 'strict',
    knownHostsFiles: files(settings.knownHostsFile ?? config.userKnownHostsFiles ?? defaultKnownHosts),
    globalKnownHostsFiles: files(config.globalKnownHostsFiles ?? defaultGlobalKnownHosts),
    hashKnownHosts: config.hashKnownHosts ?? false,
    identityFiles: files(identities.length > 0 ? identities : defaultIdentities),
    identitiesNamed: identities.length > 0,
    certificateFiles: files(config.certificateFiles),
    identitiesOnly: settings.identitiesOnly ?? config.identitiesOnly ?? false,
    connectTimeoutMs: settings.connectTimeoutMs ?? millisecondsOf(config.connectTimeoutSeconds) ?? 15_000,
    keepaliveIntervalMs: settings.keepaliveIntervalMs ?? millisecondsOf(config.serverAliveIntervalSeconds) ?? 5_000,
    ...definedOnly({ password: settings.password, agentSocket, algorithmLimits: config.algorithmLimits }),
    inherited: definedOnly({
      identityFile: settings.identityFile,
      hostKeyChecking: settings.hostKeyChecking,
      knownHostsFile: settings.knownHostsFile,
      sshConfigFile: settings.sshConfigFile,
      connectTimeoutMs: settings.connectTimeoutMs,
      keepaliveIntervalMs: settings.keepaliveIntervalMs,
    }),
    ignored: config.ignored,
  }
}

/** The user of ssh_config, which may hold the tokens that need no user. */
function userOf({ user, places }: SshConfig, aside: Omit<TokenSubject, 'user'>, environment: SshEnvironment): string {
  if (user === undefined) return environment.user
  const { r: _user, C: _connection, ...tokens } = tokensOf({ ...aside, user: '' }, environment)
  return located(places.get(user), () => expandText(user, tokens, environment))
}

const defaultKnownHosts = ['~/.ssh/known_hosts', '~/.ssh/known_hosts2']
const defaultGlobalKnownHosts = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']

/** `user@host:port`, as messages name a destination. */
export function addressOf({ user, host, port }: Pick<Destination, 'user' | 'host' | 'port'>): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What ssh_config says and this toolkit does not follow, to be added to the account of a failure. */
export function ignoredText({ ignored }: Destination, matter: IgnoredSetting['matter']): string {
  return ignored.flatMap((setting) => (setting.matter === matter ? [`; ${setting.text}`] : [])).join('')
}

/** The bastions in force, tokens and all; undefined where a command or nothing leads to the host. */
function jumpOf(settings: ConnectionSettings, config: SshConfig): string | undefined {
  const own = settings.proxyCommand ?? settings.proxyJump
  if (settings.socketPath !== undefined || isSet(own === undefined ? config.proxyCommand : settings.proxyCommand)) {
    return undefined
  }
  const jump = own === undefined ? config.proxyJump : settings.proxyJump
  return isSet(jump) ? jump : undefined
}

function routeOf(
  settings: ConnectionSettings,
  config: SshConfig,
  subject: TokenSubject,
  environment: SshEnvironment,
): Route {
  if (settings.socketPath !== undefined) return { kind: 'unix', path: expandHome(settings.socketPath, environment) }
  const tokens = proxyTokensOf(subject)
  const jump = jumpOf(settings, config)
  if (jump !== undefined) {
    return { kind: 'jump', hops: parseHops(located(config.places.get(jump), () => expandTokens(jump, tokens))) }
  }
  const own = settings.proxyCommand ?? settings.proxyJump
  const command = own === undefined ? config.proxyCommand : settings.proxyCommand
  return isSet(command) ? { kind: 'command', command, tokens } : { kind: 'tcp' }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && !isNone(value)
}

/** The socket of the agent, by its path or by the variable that holds it. */
function agentOf(
  agent: string | undefined,
  { variables }: SshEnvironment,
  expand: (path: string) => string,
): string | undefined {
  if (agent === 'none') return undefined
  if (agent === undefined || agent === 'SSH_AUTH_SOCK') return variables.SSH_AUTH_SOCK || undefined
  const variable = /^\$(\w+)$/.exec(agent)?.[1]
  return variable === undefined ? expand(agent) : variables[variable] || undefined
}

// Zero switches a limit off in ssh_config; a run without limits could hang forever, so it means the default here.
function millisecondsOf(seconds: number | undefined): number | undefined {
  return seconds ? seconds * 1000 : undefined
}
