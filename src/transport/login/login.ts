/** Logging in: what is offered to the host in which order, and the account of it when nothing helps. */

import type { AnyAuthMethod, AuthenticationType, ParsedKey } from 'ssh2'
import { FoobarDeployError } from '../../errors.ts'
import type { ConnectAttempt } from '../connect-attempt.ts'
import { addressOf, type Destination, ignoredText } from '../ssh-config/destination.ts'
import type { SshLibrary } from '../ssh-library.ts'
import { unreachable } from '../unreachable.ts'
import { signByAgent } from './agent-client.ts'
import type { AgentKeys } from './agent-keys.ts'
import type { Certificate } from './certificates.ts'
import { foreignKey } from './foreign-keys.ts'
import type { Identity, UnusableIdentity } from './identities.ts'
import { keyRing, type Sign } from './key-ring.ts'
import type { PublicKey } from './public-key.ts'
import { signatureBy, signatureValue } from './signatures.ts'

/** What there is to log in with. */
export interface Credentials {
  readonly agent: AgentKeys
  readonly certificates: readonly (Certificate | UnusableIdentity)[]
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

/** Plans the login to `destination`, in the order of OpenSSH: certificates, agent, key files, password. */
export function planLogin(
  destination: Destination,
  { agent, certificates, identities }: Credentials,
  library: SshLibrary,
  attempt: ConnectAttempt,
): Login {
  const { user: username, password } = destination
  const tried: string[] = []
  const unusable = [
    ...(agent.problem === undefined ? [] : [`agent (${agent.problem})`]),
    ...[...certificates, ...identities]
      .filter((file) => 'reason' in file)
      .map(({ file, reason }) => `${file} (${reason})`),
  ]
  let accepted: readonly string[] | null = null
  let keyHint: string | undefined
  const takes = (method: AuthenticationType) => accepted === null || accepted.includes(method)

  async function* offers(): AsyncGenerator<AnyAuthMethod> {
    const offered: PublicKey[] = []
    for (const certificate of certificates) {
      if ('reason' in certificate || !takes('publickey')) continue
      const { file, key } = certificate
      const sign = signerOf(key.plain)
      if (!sign) {
        unusable.push(`${file} (its private key is not there)`)
        continue
      }
      tried.push(file)
      offered.push(key)
      yield { type: 'agent', username, agent: keyRing(library, [foreignKey(library, key)], sign) }
    }
    const agentKeys = agent.keys.filter(({ blob }) => !offered.some((key) => key.blob.equals(blob)))
    if (agentKeys.length > 0 && takes('publickey')) {
      tried.push(`agent with ${agentKeys.length} ${agentKeys.length === 1 ? 'key' : 'keys'}`)
      yield { type: 'agent', username, agent: agentRing(agentKeys) }
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

  const agentSignature = (key: PublicKey, data: Buffer, flags: number): Promise<Buffer> => {
    const signing = () => signByAgent(agent.socketPath as string, key.blob, data, flags)
    // A FIDO device waits for the touch of a person.
    return key.isFido ? attempt.unhurried(signing) : signing()
  }
  /** What signs for a certificate: the agent if it holds the key, or else the key file. */
  const signerOf = (plain: Buffer): Sign | undefined => {
    const held = agent.held.find((key) => key.blob.equals(plain))
    if (held) return (_, data) => agentSignature(held, data, agentFlags.sha512)
    const identity = identities.find((file): file is Identity => !('reason' in file) && isPublic(file, plain))
    return identity && (async (_, data) => signatureBy(await unlock(identity), data))
  }
  const agentRing = (keys: readonly PublicKey[]) => {
    const offers = new Map(keys.map((key) => [offerable(library, key), key]))
    return keyRing(library, [...offers.keys()], async (offer, data, { hash }) => {
      const key = offers.get(offer) as PublicKey
      const isForeign = key.isCertificate || key.isFido
      const signature = await agentSignature(key, data, isForeign ? agentFlags.sha512 : (agentFlags[hash ?? ''] ?? 0))
      return isForeign ? signature : signatureValue(signature)
    })
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
        detail: `${facts.join('; ')}${ignoredText(destination, 'login')}`,
        hint: keyHint ?? hintFor(destination, tried, cause),
        cause,
      })
    },
  }
}

// What an agent is asked for in a signature by an RSA key.
const agentFlags: { readonly sha512: number; readonly [hash: string]: number | undefined } = { sha256: 2, sha512: 4 }

function offerable(library: SshLibrary, key: PublicKey): ParsedKey {
  if (key.isCertificate || key.isFido) return foreignKey(library, key)
  return library.parseKey(`${key.type} ${key.blob.toString('base64')}`) as ParsedKey
}

function isHeld({ publicKey }: Identity, keys: readonly PublicKey[]): boolean {
  return publicKey !== undefined && keys.some(({ blob }) => blob.equals(publicKey.getPublicSSH()))
}

function isPublic({ publicKey }: Identity, blob: Buffer): boolean {
  return publicKey?.getPublicSSH().equals(blob) ?? false
}

function hintFor({ user }: Destination, tried: readonly string[], cause: unknown): string {
  if (cause instanceof Error && /too many authentication failures/i.test(cause.message)) {
    return 'The agent holds too many keys: name the right one with identityFile, or set IdentitiesOnly in ssh_config.'
  }
  if (tried.length === 0) return 'Name a private key with identityFile, or load one into the SSH agent.'
  return `Is one of these keys in ~${user}/.ssh/authorized_keys there, and is ${user} the right user?`
}
