/** Vaults: secrets files that are open, and what is done with them. */

import { FoobarDeployError } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import { shortestMasked } from '../shell/redact.ts'
import { decrypt, encryptTo } from './age.ts'
import { isSameSeal, sealedParts, sealOfNames, sealOfSuccessor, sealOfValue, successionKeyOf } from './seal.ts'
import { isSecretName, nameRule } from './secret-name.ts'
import type { SecretsEnvironment } from './secrets-environment.ts'
import {
  inventoryOption,
  readAnySecretsFile,
  readSecretsFile,
  type SecretsFile,
  type UnsealedFile,
} from './secrets-file.ts'
import { type FileKey, newSecretsFile, type OpenFile, refuseForged, tampered, unlock, unlockKey } from './unlock.ts'

/** An open secrets file. */
export interface Vault extends OpenFile {
  readonly path: string
}

/** Opens the secrets file at `path`. */
export async function openVault(path: string, surroundings: SecretsEnvironment): Promise<Vault> {
  const file = readSecretsFile(path)
  if (!file) throw noSecretsFile(path)
  return { path, file, key: await unlock(path, file, surroundings) }
}

/** What is taken over into a file with a new key. */
export interface TakenOver {
  readonly path: string
  readonly before: SecretsFile | UnsealedFile
  readonly key: FileKey
  readonly values: Readonly<Record<string, string>>
  /** Whether nobody else can have added or removed one of them. */
  readonly isListSealed: boolean
}

/** Opens the secrets file at `path` to encrypt it anew: one without seals too, and one whose list of names is not sealed. */
export async function openForRekey(path: string, surroundings: SecretsEnvironment): Promise<TakenOver> {
  const file = readAnySecretsFile(path)
  if (!file) throw noSecretsFile(path)
  const key = await unlockKey(path, file, surroundings)
  if (file.version === 2) refuseForged(path, file, key)
  const values: Record<string, string> = {}
  for (const [name, text] of Object.entries(file.values)) {
    values[name] = await decrypted(path, key, name, file.version === 2 ? sealedParts(text).ciphertext : text)
  }
  const isListSealed = file.version === 2 && isSameSeal(file.names, sealOfNames(key.identity, Object.keys(values)))
  return { path, before: file, key, values, isListSealed }
}

/** The value of a secret. */
export async function valueIn({ path, file, key }: Vault, name: string): Promise<string> {
  const text = Object.hasOwn(file.values, name) ? file.values[name] : undefined
  if (text === undefined) throw unknownSecret(path, file, name)
  return decrypted(path, key, name, sealedParts(text).ciphertext)
}

async function decrypted(path: string, { identity }: FileKey, name: string, ciphertext: string): Promise<string> {
  const opened = await decrypt({ identities: [identity] }, ciphertext)
  if (typeof opened === 'string') throw tampered(path, `the value of ${name} is damaged`)
  const sealed = JSON.parse(opened.text) as { name: string; value: string }
  // A value is bound to its name, or one could be put in place of another.
  if (sealed.name !== name) throw tampered(path, `the value of ${name} is that of ${sealed.name}`)
  return sealed.value
}

/** The file with this secret, new or with a new value. */
export async function withValue({ file, key }: OpenFile, name: string, value: string): Promise<SecretsFile> {
  if (!isSecretName(name)) {
    throw new FoobarDeployError('usage', 'invalid-secret-name', 'Not a valid name for a secret', {
      detail: name,
      hint: nameRule,
    })
  }
  refuseShort(name, value)
  const ciphertext = await encryptTo([file.publicKey], JSON.stringify({ name, value }))
  const sealed = `${ciphertext}.${sealOfValue(key.identity, { name, ciphertext })}`
  return withValues({ file, key }, { ...file.values, [name]: sealed })
}

/** The file without this secret. */
export function withoutValue({ path, file, key }: Vault, name: string): SecretsFile {
  if (!Object.hasOwn(file.values, name)) throw unknownSecret(path, file, name)
  return withValues({ file, key }, Object.fromEntries(Object.entries(file.values).filter(([other]) => other !== name)))
}

function withValues({ file, key }: OpenFile, values: SecretsFile['values']): SecretsFile {
  return { ...file, names: sealOfNames(key.identity, Object.keys(values)), values }
}

/** The file encrypted anew: to a new key of its own, so that who is a recipient no more cannot read what comes. */
export async function rekeyed(
  values: Readonly<Record<string, string>>,
  recipients: Readonly<Record<string, string>>,
  passphrase: string | undefined,
  before: FileKey,
): Promise<SecretsFile> {
  const { file: empty, key } = await newSecretsFile(recipients, passphrase)
  let file: SecretsFile = { ...empty, succeeds: sealOfSuccessor(successionKeyOf(before.identity), empty.publicKey) }
  for (const [name, value] of Object.entries(values)) file = await withValue({ file, key }, name, value)
  return file
}

/** Refuses a value that could not be kept out of what is printed. */
export function refuseShort(name: string, value: string): void {
  if (value.trim().length >= shortestMasked) return
  throw new FoobarDeployError('definition', 'secret-too-short', 'The value is too short to be a secret', {
    detail: `${name} has fewer than ${shortestMasked} characters`,
    hint: 'Secrets are masked wherever they surface in output; one so short would be found in ordinary words. `--generate` makes a good one.',
  })
}

/** The error for a name that the file does not have. */
export function unknownSecret(path: string, { values }: SecretsFile, name: string): FoobarDeployError {
  const names = Object.keys(values)
  const meant = nearest(name, names)
  const known = names.length > 0 ? `There are: ${names.join(', ')}.` : 'It has none yet.'
  return new FoobarDeployError('usage', 'unknown-secret', 'There is no such secret', {
    detail: `${name} in ${path}`,
    hint: meant ? `Did you mean ${meant}?` : known,
  })
}

function noSecretsFile(path: string): FoobarDeployError {
  return new FoobarDeployError('definition', 'no-secrets-file', 'The inventory has no secrets yet', {
    detail: path,
    hint: `\`foobar-deploy secrets init ${inventoryOption(path)}\` makes the file.`,
  })
}
