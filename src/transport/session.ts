/** Sessions: a link on which the host has proven itself, has let us log in, and is watched from then on. */

import type { Config } from 'node-ssh'
import type { Client } from 'ssh2'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { algorithmsFor } from './algorithms.ts'
import type { ConnectAttempt } from './connect-attempt.ts'
import { prepareHostKeyCheck, type ShownKeys } from './host-keys/host-keys.ts'
import type { Link } from './link.ts'
import { watchLiveness } from './liveness.ts'
import { loadAgentKeys } from './login/agent-keys.ts'
import { loadCertificates } from './login/certificates.ts'
import { sendForeignSignatures } from './login/foreign-keys.ts'
import type { IdentityStore } from './login/identities.ts'
import { type Login, planLogin } from './login/login.ts'
import { signAtOnce } from './login/sign-at-once.ts'
import { type Stage, sessionFailure } from './session-failure.ts'
import { addressOf, type Destination, ignoredText } from './ssh-config/destination.ts'
import { loadSshLibrary, type SshLibrary } from './ssh-library.ts'
import { unreachable } from './unreachable.ts'

/** One authenticated connection to one host. */
export interface Session {
  readonly client: Client
  readonly link: Link
  /** Why it is no more; undefined while it lasts. */
  lost(): FoobarDeployError | undefined
  /** Has `listener` called when it is lost or closed. Returns what takes that back. */
  onLost(listener: (error: FoobarDeployError) => void): () => void
  close(): void
}

/** What all connections of a transport share. */
export interface KeyStores {
  readonly identityStore: IdentityStore
  readonly shownKeys: ShownKeys
}

const closingGraceMs = 1000
const longestGreeting = 1024

/** Logs in to `destination` over `link`. */
export async function openSession(
  destination: Destination,
  link: Link,
  { identityStore, shownKeys }: KeyStores,
  attempt: ConnectAttempt,
): Promise<Session> {
  const [library, hostKeys] = await attempt.race(
    Promise.all([loadSshLibrary(), prepareHostKeyCheck(destination, shownKeys)]),
  )
  // What ends before anybody listens is never heard of again.
  if (link.stream.destroyed || link.stream.readableEnded) {
    throw sessionFailure(undefined, 'greeting', destination, undefined)
  }
  const algorithms = algorithmsFor(hostKeys.algorithms, destination.algorithmLimits)
  const [none] = Object.entries(algorithms).find(([, names]) => names.length === 0) ?? []
  if (none !== undefined) {
    throw unreachable('no-common-algorithm', {
      host: destination.name,
      detail: `ssh_config allows no ${none} algorithm that foobar-deploy has${ignoredText(destination, 'key exchange')}`,
      hint: 'Allow more in ssh_config, or set sshConfigFile: false.',
    })
  }
  // Agent and key files are asked while keys are exchanged.
  const planning = loadLogin(destination, library, identityStore, attempt)
  planning.catch(() => {})

  let stage: Stage = 'greeting'
  let login: Login | undefined
  let trusted: Buffer | undefined
  let problem: unknown
  const listeners = new Set<(error: FoobarDeployError) => void>()
  let lost: FoobarDeployError | undefined
  let stopWatching = () => {}

  const lose = (detail: string, hint?: string) => {
    if (lost) return
    stopWatching()
    lost = unreachable('connection-lost', {
      host: destination.name,
      detail: `${addressOf(destination)}: ${detail}`,
      ...(hint ? { hint } : {}),
    })
    for (const listener of [...listeners]) listener(lost)
    listeners.clear()
  }
  const config: Config = {
    sock: link.stream,
    username: destination.user,
    algorithms,
    readyTimeout: 0,
    // ssh2 only sends the probes: it would count large uploads over slow lines as silence.
    keepaliveInterval: destination.keepaliveIntervalMs,
    keepaliveCountMax: Number.POSITIVE_INFINITY,
    hostVerifier(key: Buffer, verify: (isTrusted: boolean) => void) {
      stage = 'key exchange'
      if (trusted?.equals(key)) return void verify(true)
      hostKeys.verify(key).then(
        () => {
          trusted = Buffer.from(key)
          verify(true)
        },
        (thrown) => {
          attempt.fail(asFailure(thrown, stage, destination, login))
          verify(false)
        },
      )
    },
    authHandler(methods, _partial, offer) {
      planning
        .then((plan) => {
          login = plan
          return plan.next(methods)
        })
        .then(
          (method) => offer((method ?? false) as never),
          (thrown) => attempt.fail(asFailure(thrown, 'login', destination, login)),
        )
    },
  }
  // A server of another protocol may answer and hang up, of which the library tells the latter alone.
  let greeting = ''
  link.stream.on('data', function hear(chunk: Buffer) {
    greeting = `${greeting}${chunk.toString('latin1')}`.slice(0, longestGreeting)
    const isSsh = /^SSH-/m.test(greeting)
    if (isSsh) attempt.phase = 'exchanging keys'
    if (isSsh || greeting.length === longestGreeting) link.stream.off('data', hear)
  })
  const nodeSsh = new library.NodeSSH()
  // Its promise rejects at the first error, also at one that the login survives; the client's events tell more.
  nodeSsh.connect(config).catch(() => {})
  const client = nodeSsh.connection as Client
  signAtOnce(client)
  sendForeignSignatures(client)
  const ready = Promise.withResolvers<void>()
  client.on('ready', () => ready.resolve())
  client.on('handshake', () => {
    stage = 'login'
    attempt.phase = 'logging in'
  })
  client.on('error', (error: Error & { level?: string }) => {
    if (error.level === 'agent') return
    problem ??= error
    attempt.fail(sessionFailure(error, stage, destination, login, greeting))
  })
  client.on('close', () => {
    attempt.fail(sessionFailure(problem, stage, destination, login, greeting))
    lose(
      problem === undefined ? (link.explain() ?? 'the host closed it') : messageOf(problem),
      'Was the host restarted, or its sshd, or its firewall?',
    )
  })
  attempt.onFailure(() => client.destroy())
  await attempt.race(ready.promise)

  stopWatching = watchLiveness(link.stream, destination.keepaliveIntervalMs, (silentMs) => {
    lose(`no sign of life for ${silentMs} ms`, 'Is the host still running, and the network between?')
    link.stream.destroy()
  })
  return {
    client,
    link,
    lost: () => lost,
    onLost(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close() {
      lose('it was closed by the toolkit')
      client.end()
      link.close()
      // A peer that takes no more bytes must not keep the toolkit from ending.
      setTimeout(() => link.stream.destroy(), closingGraceMs).unref()
    },
  }
}

async function loadLogin(
  destination: Destination,
  library: SshLibrary,
  identityStore: IdentityStore,
  attempt: ConnectAttempt,
): Promise<Login> {
  const [agent, certificates, identities] = await Promise.all([
    loadAgentKeys(destination),
    loadCertificates(destination),
    Promise.all(
      destination.identityFiles.map(async (file) => {
        const identity = await identityStore.load(file, library.parseKey)
        return identity ?? (destination.identitiesNamed ? { file, reason: 'is not there' } : undefined)
      }),
    ),
  ])
  return planLogin(
    destination,
    { agent, certificates, identities: identities.filter((identity) => identity !== undefined) },
    library,
    attempt,
  )
}

function asFailure(
  thrown: unknown,
  stage: Stage,
  destination: Destination,
  login: Login | undefined,
): FoobarDeployError {
  return thrown instanceof FoobarDeployError ? thrown : sessionFailure(thrown, stage, destination, login)
}
