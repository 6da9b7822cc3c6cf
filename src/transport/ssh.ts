/** The transport over SSH: puts link, host key check, login and channels together. */

import { setTimeout as delay } from 'node:timers/promises'
import { definedOnly, FoobarDeployError } from '../errors.ts'
import type { ConnectAttempt } from './connect-attempt.ts'
import { startAttempt } from './connect-attempt.ts'
import { stopIfAborted } from './interrupted.ts'
import { linkThrough } from './jump.ts'
import { type Link, startLink } from './link.ts'
import { createIdentityStore } from './login/identities.ts'
import { startProxy } from './proxy-command.ts'
import { type KeyStores, openSession, type Session } from './session.ts'
import { openSshChannel } from './ssh-channel.ts'
import { SshConfigProblem } from './ssh-config/config-lines.ts'
import { addressOf, type Destination, destinationOf } from './ssh-config/destination.ts'
import type { Hop } from './ssh-config/hops.ts'
import type { SshConfig } from './ssh-config/ssh-config.ts'
import { createSshConfigReader, sshConfigFailure } from './ssh-config/ssh-config-files.ts'
import type { SshEnvironment, SshTransportOptions } from './ssh-config/ssh-environment.ts'
import type { Connection, Target, Transport } from './transport.ts'
import { unreachable } from './unreachable.ts'

// A bastion may need a bastion of its own, by ssh_config.
const deepestJump = 8

// An sshd that is reading its files again hangs up without a word: that is tried again twice.
const mostHangUps = 2
const longestHangUpMs = 1000
// One that has too many logins under way says so: that is tried again until connectTimeoutMs has passed.
const firstPauseMs = 250
const longestPauseMs = 4000

/** Makes the transport that connects over SSH as the ssh command would: ssh_config, agent, keys, known_hosts. */
export function createSshTransport({ prompt, notice = () => {}, environment }: SshTransportOptions): Transport {
  const stores: KeyStores = { identityStore: createIdentityStore(prompt, notice), shownKeys: new Map() }
  const readConfig = createSshConfigReader(environment)
  const told = new Set<string>()
  const tell = (text: string, host: string) => {
    if (told.has(text)) return
    told.add(text)
    notice(text, host)
  }
  const resolve = async (target: Target, ...options: [] | [{ alias: string; signal: AbortSignal | undefined }]) => {
    const config = await readConfig(target, ...options)
    for (const { matter, text } of config.ignored) if (matter === 'always') tell(text, target.name)
    return resolvedTarget(target, config, environment)
  }

  const open = async (destination: Destination, attempt: ConnectAttempt, depth: number): Promise<Session> => {
    const link = await startRoute(destination, attempt, depth)
    return openSession(destination, link, stores, attempt)
  }
  const startRoute = async (destination: Destination, attempt: ConnectAttempt, depth: number): Promise<Link> => {
    const { route } = destination
    switch (route.kind) {
      case 'jump':
        return linkThrough(await openHops(destination, route.hops, attempt, depth), destination, attempt)
      case 'command':
        return startProxy(route, destination, attempt)
      default:
        return startLink(destination, route, attempt)
    }
  }
  const openHops = async (destination: Destination, hops: readonly Hop[], attempt: ConnectAttempt, depth: number) => {
    if (depth === deepestJump) {
      throw unreachable('proxy-failed', {
        host: destination.name,
        detail: `ProxyJump leads in a circle by ${addressOf(destination)}`,
        hint: 'Set `ProxyJump none` for the bastion in ssh_config.',
      })
    }
    let session: Session | undefined
    for (const hop of hops) {
      const next = notThroughItself(await resolve(hopTarget(hop, destination)), hop)
      session = session
        ? await openSession(next, await linkThrough(session, next, attempt), stores, attempt)
        : await open(next, attempt, depth + 1)
    }
    return session as Session
  }

  const connectOnce = async (destination: Destination, signal: AbortSignal | undefined): Promise<Connection> => {
    const { name, connectTimeoutMs } = destination
    stopIfAborted(signal, name)
    const attempt = startAttempt(name, addressOf(destination), connectTimeoutMs, signal)
    try {
      return connectionOf(await attempt.race(open(destination, attempt, 0)), name, connectTimeoutMs)
    } catch (thrown) {
      // Whatever ended it, what was opened so far is to be closed.
      attempt.fail(thrown as never)
      throw thrown
    } finally {
      attempt.finish()
    }
  }

  return {
    async connect(target, signal) {
      stopIfAborted(signal, target.name)
      const { unavailable } = target.settings
      if (unavailable !== undefined) throw unreachable('unavailable', { host: target.name, detail: unavailable })
      const destination = await resolve(target, { alias: target.name, signal })
      const begun = performance.now()
      for (let attempts = 1; ; attempts++) {
        const elapsedMs = performance.now() - begun
        const connectTimeoutMs = Math.ceil(destination.connectTimeoutMs - elapsedMs)
        const pauseMs = pauseAfter(attempts)
        try {
          return await connectOnce({ ...destination, connectTimeoutMs }, signal)
        } catch (thrown) {
          const tookMs = performance.now() - begun - elapsedMs
          // No time for another attempt would only hide why this one failed.
          const isLate = performance.now() - begun + 2 * pauseMs > destination.connectTimeoutMs
          if (isLate || !isWorthRetrying(thrown, attempts, tookMs)) throw accountOf(thrown, attempts)
          if (attempts === 1 && thrown.code === 'connections-limited') {
            const limit = formatSeconds(destination.connectTimeoutMs)
            notice(`${thrown.detail}. Trying again for up to ${limit}.`, target.name)
          }
        }
        await delay(pauseMs, undefined, definedOnly({ signal })).catch(() => stopIfAborted(signal, target.name))
      }
    },
  }
}

function resolvedTarget(target: Target, config: SshConfig, environment: SshEnvironment): Destination {
  try {
    return destinationOf(target, config, environment)
  } catch (thrown) {
    throw thrown instanceof SshConfigProblem ? sshConfigFailure(target.name, thrown) : thrown
  }
}

// Hosts that were refused together must not come back together.
function pauseAfter(attempts: number): number {
  return Math.min(firstPauseMs * 2 ** (attempts - 1), longestPauseMs) * (0.75 + Math.random() / 2)
}

function isWorthRetrying(thrown: unknown, attempts: number, tookMs: number): thrown is FoobarDeployError {
  if (!(thrown instanceof FoobarDeployError)) return false
  if (thrown.code === 'connections-limited') return true
  return thrown.code === 'closed-early' && attempts <= mostHangUps && tookMs <= longestHangUpMs
}

function accountOf(thrown: unknown, attempts: number): unknown {
  if (!(thrown instanceof FoobarDeployError) || thrown.code !== 'connections-limited' || attempts === 1) return thrown
  const { host, detail, hint, cause } = thrown
  return unreachable('connections-limited', {
    ...definedOnly({ host, hint, cause }),
    detail: `${detail}, ${attempts} times in a row`,
  })
}

function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} s`
}

function hopTarget({ host, port, user }: Hop, { name, inherited }: Destination): Target {
  return {
    name,
    address: host,
    settings: { ...inherited, ...(port === undefined ? {} : { port }), ...(user === undefined ? {} : { user }) },
  }
}

/** `ProxyJump gate` for all hosts holds for gate too; OpenSSH reaches it directly all the same. */
function notThroughItself(destination: Destination, { host }: Hop): Destination {
  const { route } = destination
  const isItself = route.kind === 'jump' && route.hops.some((hop) => hop.host === host)
  return isItself ? { ...destination, route: { kind: 'tcp' } } : destination
}

function connectionOf(session: Session, host: string, timeoutMs: number): Connection {
  return {
    open: (command, listener) => openSshChannel(session, command, listener, { host, timeoutMs }),
    close: () => session.close(),
    traffic: () => session.link.traffic(),
  }
}
