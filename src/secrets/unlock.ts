/** Unlocking a secrets file: its own key, by the user's identity or a passphrase. */

import { readFileSync } from 'node:fs'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { decrypt, encryptTo, encryptWithPassphrase, type Key, newIdentity, recipientOf } from './age.ts'
import { type Identities, identityPath, identityVariable, readIdentities } from './identities.ts'
import type { SecretsFile } from './secrets-file.ts'
import type { Surroundings } from './surroundings.ts'

/** The variable that names a file with the passphrase. */
const passphraseVariable = 'FOOBAR_DEPLOY_PASSPHRASE_FILE'

/** The key of a secrets file, and who was given it: what stands in clear could be changed by anybody. */
export interface FileKey {
  readonly identity: string
  readonly recipients: Readonly<Record<string, string>>
}

/** What {@link lockNewKey} gives of a secrets file. */
export type Locks = Pick<SecretsFile, 'recipients' | 'publicKey' | 'lockedKey'>

/** A new key for a secrets file, locked for `recipients` and for the passphrase, if there is one. */
export async function lockNewKey(
  recipients: Readonly<Record<string, string>>,
  passphrase: string | undefined,
): Promise<Locks> {
  const identity = await newIdentity()
  const text = JSON.stringify({ identity, recipients } satisfies FileKey)
  const keys = Object.values(recipients)
  return {
    recipients: { ...recipients },
    publicKey: await recipientOf(identity),
    lockedKey: {
      ...(keys.length > 0 ? { forRecipients: await encryptTo(keys, text) } : {}),
      ...(passphrase === undefined ? {} : { forPassphrase: await encryptWithPassphrase(passphrase, text) }),
    },
  }
}

/** The key of the file at `path`. */
export async function unlock(path: string, file: SecretsFile, surroundings: Surroundings): Promise<FileKey> {
  const { forRecipients, forPassphrase } = file.lockedKey
  const mine = forRecipients === undefined ? undefined : await readIdentities(surroundings)
  const opened = mine && forRecipients ? await open(path, mine, forRecipients) : 'no-key'
  if (opened !== 'no-key') return checked(path, file, opened)
  if (forPassphrase === undefined) throw await noKey(path, file, mine, surroundings)
  const withPassphrase = await open(path, { passphrase: await passphraseFor(path, surroundings) }, forPassphrase)
  if (withPassphrase !== 'no-key') return checked(path, file, withPassphrase)
  throw new FoobarDeployError('environment', 'wrong-passphrase', 'The passphrase is not that of the secrets file', {
    detail: path,
    ...(surroundings.environment[passphraseVariable] ? { hint: `${passphraseVariable} named the file with it.` } : {}),
  })
}

/** The error for something in the file that does not hold what was put there. */
export function tampered(path: string, what: string): FoobarDeployError {
  return new FoobarDeployError('definition', 'secrets-tampered', 'The secrets file was changed by other hands', {
    detail: what,
    hint: 'It is written by `foobar-deploy secrets` alone. Find out who changed it, and take it back from version control.',
    at: { file: path },
  })
}

async function open(path: string, key: Key, ciphertext: string): Promise<string | 'no-key'> {
  const opened = await decrypt(key, ciphertext)
  if (opened === 'no-key') return opened
  if (opened === 'broken') throw tampered(path, 'its locked key is damaged')
  return opened.text
}

async function checked(path: string, { publicKey, recipients }: SecretsFile, text: string): Promise<FileKey> {
  const key = JSON.parse(text) as FileKey
  const names = new Set([...Object.keys(recipients), ...Object.keys(key.recipients)])
  const moved = [...names].filter((name) => recipients[name] !== key.recipients[name])
  // A key that somebody slipped in must not be encrypted to by the next who rekeys.
  if (moved.length > 0)
    throw tampered(path, `its recipients were edited (${moved.join(', ')}); rekey --add and --remove do that`)
  if ((await recipientOf(key.identity)) !== publicKey)
    throw tampered(path, 'publicKey does not belong to its locked key')
  return key
}

/** The passphrase of the file at `path`: from the file that the environment names, else the answer to `question`. */
export async function passphraseFor(
  path: string,
  { environment, ask }: Surroundings,
  question = `Passphrase for ${path}: `,
): Promise<string> {
  const file = environment[passphraseVariable]
  if (!file) return ask(question)
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[0] ?? ''
  } catch (cause) {
    throw new FoobarDeployError('environment', 'passphrase-unreadable', 'The passphrase cannot be read', {
      detail: messageOf(cause),
      hint: `${passphraseVariable} names the file.`,
      cause,
    })
  }
}

async function noKey(
  path: string,
  { recipients }: SecretsFile,
  mine: Identities | undefined,
  surroundings: Surroundings,
): Promise<FoobarDeployError> {
  const who = Object.keys(recipients).join(', ')
  if (!mine) {
    return new FoobarDeployError('environment', 'no-identity', 'There is no key here to open the secrets with', {
      detail: `${path} opens for ${who}, and there is no ${identityPath(surroundings)}`,
      hint: `\`foobar-deploy secrets init\` makes a key, which one of them then adds. If yours lies elsewhere, let ${identityVariable} name its file.`,
    })
  }
  const keys = await Promise.all(mine.identities.map(recipientOf))
  return new FoobarDeployError('environment', 'not-a-recipient', 'The secrets are not encrypted for your key', {
    detail: `${path} opens for ${who}; ${mine.path} is ${keys.join(', ')}`,
    hint: `Let one of them run: foobar-deploy secrets rekey --add <your name>=${keys[0]}`,
  })
}
