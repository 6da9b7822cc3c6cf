/** Logging in: what is offered to the host in which order, and the account of it when nothing helps. */

import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2'
import { FoobarDeployError } from '../../errors.ts'
import type { ConnectAttempt } from '../connect-attempt.ts'
import { addressOf, type Destination } from '../ssh-config/destination.ts'
import type { SshLibrary } from '../ssh-library.ts'
import { unreachable } from '../unreachable.ts'
import type { AgentKeys } from './agent-keys.ts'
import type { Identity, UnusableIdentity } from './identities.ts'
import { keyRing } from './key-ring.ts'

/** What there is to log in with. */
export interface Credentials {
  readonly agent: AgentKeys
  /** In the order of the identity files. */
  readonly identities: readonly (Identity | UnusableIdentity)[]
}

/** The course of one login. */
export interface Login {
  /** What to offer next; undefined when there is nothing left. `accepted` is what the host takes, null before it said so. */
  next(accepted: readonly string[] | null): Promise<AnyAuthMethod | undefined>
  /** The error for a login that failed. */
  failure(cause?: unknown): FoobarDeployError
}

/** Plans the login to `destination`: agent, key files, password. */
export function planLogin(
  destination: Destination,
  { agent, identities }: Credentials,
  library: SshLibrary,
  attempt: ConnectAttempt,
): Login {
  const { user: username, password } = destination
  const tried: string[] = []
  const unusable = [
    ...(agent.problem === undefined ? [] : [`agent (${agent.problem})`]),
    ...identities.filter((identity) => 'reason' in identity).map(({ file, reason }) => `${file} (${reason})`),
  ]
  let accepted: readonly string[] | null = null
  let keyHint: string | undefined
  const takes = (method: AuthenticationType) => accepted === null || accepted.includes(method)

  async function* offers(): AsyncGenerator<AnyAuthMethod> {
    if (agent.ring && agent.keys.length > 0 && takes('publickey')) {
      tried.push(`agent with ${agent.keys.length} ${agent.keys.length === 1 ? 'key' : 'keys'}`)
      yield { type: 'agent', username, agent: agent.ring }
    }
    for (const identity of identities) {
      if ('reason' in identity || isHeld(identity, agent.keys) || !takes('publickey')) continue
      const offer = await offerOf(identity)
      if (offer) yield offer
    }
    if (password !== undefined && takes('password')) {
      tried.push('password')
      yield { type: 'password', username, password: password.reveal() }
    }
    if (password !== undefined && takes('keyboard-interactive')) {
      tried.push('password (keyboard-interactive)')
      yield {
        type: 'keyboard-interactive',
        username,
        // Anything but a single hidden question is not a question for the password.
        prompt: (_name, _instructions, _language, prompts, finish) =>
          finish(prompts.length === 1 && prompts[0]?.echo !== true ? [password.reveal()] : []),
      }
    }
  }

  const giveUp = (file: string, thrown: unknown): never => {
    if (thrown instanceof FoobarDeployError) {
      if (thrown.family === 'interrupted') attempt.fail(thrown)
      unusable.push(`${file} (is encrypted: ${thrown.summary})`)
      keyHint ??= thrown.hint
    }
    throw thrown
  }
  const unlock = async (identity: Identity): Promise<ParsedKey> => {
    const { file, open } = identity
    const key = open ?? (await attempt.unhurried(() => identity.unlock()).catch((thrown) => giveUp(file, thrown)))
    if (key) return key
    unusable.push(`${file} (no passphrase that fits)`)
    throw new Error(`no passphrase for ${file}`)
  }

  const offerOf = async (identity: Identity): Promise<AnyAuthMethod | undefined> => {
    const { file, publicKey, open } = identity
    if (open === undefined && publicKey !== undefined) {
      tried.push(file)
      // The host is asked first whether it takes the key, so that nobody types a passphrase in vain.
      const ring = keyRing(library, [publicKey], async (_, data, { hash }) => (await unlock(identity)).sign(data, hash))
      return { type: 'agent', username, agent: ring }
    }
    const key = open ?? (await unlock(identity).catch(() => undefined))
    if (key === undefined) return undefined
    tried.push(file)
    return { type: 'publickey', username, key: key as never }
  }

  const course = offers()
  return {
    async next(methods) {
      accepted = methods ?? accepted
      const { value } = await course.next()
      return value ?? undefined
    },
    failure(cause) {
      const facts = [
        addressOf(destination),
        `tried ${tried.length === 0 ? 'nothing' : tried.join(', ')}`,
        ...(unusable.length === 0 ? [] : [`not usable: ${unusable.join(', ')}`]),
        ...(accepted === null ? [] : [`the host accepts: ${accepted.join(', ')}`]),
        ...(cause instanceof Error && !/^All configured/.test(cause.message) ? [cause.message] : []),
      ]
      return unreachable('authentication-failed', {
        host: destination.name,
        detail: facts.join('; '),
        hint: keyHint ?? hintFor(destination, tried, cause),
        cause,
      })
    },
  }
}

function isHeld({ publicKey }: Identity, keys: readonly ParsedKey[]): boolean {
  return publicKey !== undefined && keys.some((key) => key.getPublicSSH().equals(publicKey.getPublicSSH()))
}

function hintFor({ user }: Destination, tried: readonly string[], cause: unknown): string {
  if (cause instanceof Error && /too many authentication failures/i.test(cause.message)) {
    return 'The agent holds too many keys: name the right one with identityFile, or set IdentitiesOnly in ssh_config.'
  }
  if (tried.length === 0) return 'Name a private key with identityFile, or load one into the SSH agent.'
  return `Is one of these keys in ~${user}/.ssh/authorized_keys there, and is ${user} the right user?`
}
