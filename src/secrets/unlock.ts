/** Unlocking a secrets file: its own key, by the user's identity or a passphrase. */

import { readFileSync } from 'node:fs'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { quote } from '../shell/quote.ts'
import { decrypt, encryptTo, encryptWithPassphrase, type Key, newIdentity, recipientOf } from './age.ts'
import { canOthersRead, type Identities, identityPath, identityVariable, readIdentities } from './identities.ts'
import { refuseReplaced } from './known-files.ts'
import { isSameSeal, sealedParts, sealOfNames, sealOfValue } from './seal.ts'
import type { SecretsEnvironment } from './secrets-environment.ts'
import { inventoryOption, type SecretsFile, type UnsealedFile } from './secrets-file.ts'

/** The variable that names a file with the passphrase. */
const passphraseVariable = 'FOOBAR_DEPLOY_PASSPHRASE_FILE'

/** The key of a secrets file, and who was given it: what stands in clear could be changed by anybody. */
export interface FileKey {
  readonly identity: string
  readonly recipients: Readonly<Record<string, string>>
}

/** A secrets file with its key. */
export interface OpenFile {
  readonly file: SecretsFile
  readonly key: FileKey
}

/** A new secrets file without values, whose key is locked for `recipients` and for the passphrase, if there is one. */
export async function newSecretsFile(
  recipients: Readonly<Record<string, string>>,
  passphrase: string | undefined,
): Promise<OpenFile> {
  const identity = await newIdentity()
  const text = JSON.stringify({ identity, recipients } satisfies FileKey)
  const keys = Object.values(recipients)
  const file: SecretsFile = {
    version: 2,
    recipients: { ...recipients },
    publicKey: await recipientOf(identity),
    lockedKey: {
      ...(keys.length > 0 ? { forRecipients: await encryptTo(keys, text) } : {}),
      ...(passphrase === undefined ? {} : { forPassphrase: await encryptWithPassphrase(passphrase, text) }),
    },
    names: sealOfNames(identity, []),
    values: {},
  }
  return { file, key: { identity, recipients } }
}

/** The key of the file at `path`. Every value in it, and the list of their names, must bear its seal. */
export async function unlock(path: string, file: SecretsFile, surroundings: SecretsEnvironment): Promise<FileKey> {
  const key = await unlockKey(path, file, surroundings)
  refuseForged(path, file, key)
  if (isSameSeal(file.names, sealOfNames(key.identity, Object.keys(file.values)))) return key
  throw tampered(
    path,
    `secrets were added or removed; it has ${Object.keys(file.values).join(', ') || 'none'}`,
    `If two branches that both add or remove secrets were merged, see that none of these is missing, and seal the list again: \`foobar-deploy secrets rekey ${inventoryOption(path)}\`. If not, find out who changed the file, and take it back from version control.`,
  )
}

/** Refuses values that were not written by somebody who could open the file. */
export function refuseForged(path: string, file: SecretsFile, { identity }: FileKey): void {
  const forged = Object.entries(file.values).filter(([name, text]) => {
    const { ciphertext, seal } = sealedParts(text)
    return !isSameSeal(seal, sealOfValue(identity, { name, ciphertext }))
  })
  if (forged.length === 0) return
  const names = forged.map(([name]) => name).join(', ')
  throw tampered(path, `${names}: the value was not written with the key of the file`)
}

/** The key of the file at `path`, whatever is in it. A file that was replaced since it was last opened here is refused. */
export async function unlockKey(
  path: string,
  file: SecretsFile | UnsealedFile,
  surroundings: SecretsEnvironment,
): Promise<FileKey> {
  const key = await lockedKeyOf(path, file, surroundings)
  refuseReplaced(path, file, key.identity, surroundings)
  return key
}

async function lockedKeyOf(
  path: string,
  file: SecretsFile | UnsealedFile,
  surroundings: SecretsEnvironment,
): Promise<FileKey> {
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
export function tampered(
  path: string,
  what: string,
  hint = 'It is written by `foobar-deploy secrets` alone. Find out who changed it, and take it back from version control.',
): FoobarDeployError {
  return new FoobarDeployError('definition', 'secrets-tampered', 'The secrets file was changed by other hands', {
    detail: what,
    hint,
    at: { file: path },
  })
}

async function open(path: string, key: Key, ciphertext: string): Promise<string | 'no-key'> {
  const opened = await decrypt(key, ciphertext)
  if (opened === 'no-key') return opened
  if (opened === 'broken') throw tampered(path, 'its locked key is damaged')
  return opened.text
}

async function checked(
  path: string,
  { publicKey, recipients }: SecretsFile | UnsealedFile,
  text: string,
): Promise<FileKey> {
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
  { environment, ask, warn }: SecretsEnvironment,
  question = `Passphrase for ${path}: `,
): Promise<string> {
  const file = environment[passphraseVariable]
  if (!file) return ask(question)
  try {
    if (canOthersRead(file)) warn?.(`others can read the passphrase of ${path}: chmod 600 ${quote(file)}`)
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
  { recipients }: Pick<SecretsFile, 'recipients'>,
  mine: Identities | undefined,
  surroundings: SecretsEnvironment,
): Promise<FoobarDeployError> {
  const who = Object.keys(recipients).join(', ')
  if (!mine) {
    return new FoobarDeployError('environment', 'no-identity', 'There is no key here to open the secrets with', {
      detail: `${path} opens for ${who}, and there is no ${identityPath(surroundings)}`,
      hint: `\`foobar-deploy secrets init ${inventoryOption(path)}\` makes a key, which one of them then adds. If yours lies elsewhere, let ${identityVariable} name its file.`,
    })
  }
  const keys = await Promise.all(mine.identities.map(recipientOf))
  return new FoobarDeployError('environment', 'not-a-recipient', 'The secrets are not encrypted for your key', {
    detail: `${path} opens for ${who}; ${mine.path} is ${keys.join(', ')}`,
    hint: `Let one of them run: foobar-deploy secrets rekey ${inventoryOption(path)} --add <your name>=${keys[0]}`,
  })
}
