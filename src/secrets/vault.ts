/** Vaults: secrets files that are open, and what is done with them. */

import { FoobarDeployError } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import { shortestMasked } from '../shell/redact.ts'
import { decrypt, encryptTo } from './age.ts'
import { isSecretName, nameRule } from './secret-name.ts'
import { readSecretsFile, type SecretsFile } from './secrets-file.ts'
import type { Surroundings } from './surroundings.ts'
import { type FileKey, lockNewKey, tampered, unlock } from './unlock.ts'

/** An open secrets file. */
export interface Vault {
  readonly path: string
  readonly file: SecretsFile
  readonly key: FileKey
}

/** Opens the secrets file at `path`. */
export async function openVault(path: string, surroundings: Surroundings): Promise<Vault> {
  const file = readSecretsFile(path)
  if (!file) {
    throw new FoobarDeployError('definition', 'no-secrets-file', 'The inventory has no secrets yet', {
      detail: path,
      hint: '`foobar-deploy secrets init` makes the file.',
    })
  }
  return { path, file, key: await unlock(path, file, surroundings) }
}

/** The value of a secret. */
export async function valueIn({ path, file, key }: Vault, name: string): Promise<string> {
  const ciphertext = Object.hasOwn(file.values, name) ? file.values[name] : undefined
  if (ciphertext === undefined) throw unknownSecret(path, file, name)
  const opened = await decrypt({ identities: [key.identity] }, ciphertext)
  if (typeof opened === 'string') throw tampered(path, `the value of ${name} is damaged`)
  const sealed = JSON.parse(opened.text) as { name: string; value: string }
  // A value is bound to its name, or one could be put in place of another.
  if (sealed.name !== name) throw tampered(path, `the value of ${name} is that of ${sealed.name}`)
  return sealed.value
}

/** The file with this secret, new or with a new value. */
export async function withValue({ file }: Pick<Vault, 'file'>, name: string, value: string): Promise<SecretsFile> {
  if (!isSecretName(name)) {
    throw new FoobarDeployError('usage', 'invalid-secret-name', 'That is no name of a secret', {
      detail: name,
      hint: nameRule,
    })
  }
  refuseShort(name, value)
  const ciphertext = await encryptTo([file.publicKey], JSON.stringify({ name, value }))
  return { ...file, values: { ...file.values, [name]: ciphertext } }
}

/** The file without this secret. */
export function withoutValue(path: string, file: SecretsFile, name: string): SecretsFile {
  if (!Object.hasOwn(file.values, name)) throw unknownSecret(path, file, name)
  return { ...file, values: Object.fromEntries(Object.entries(file.values).filter(([other]) => other !== name)) }
}

/** The file encrypted anew: to a new key of its own, so that who is a recipient no more cannot read what comes. */
export async function rekeyed(
  vault: Vault,
  recipients: Readonly<Record<string, string>>,
  passphrase: string | undefined,
): Promise<SecretsFile> {
  let file: SecretsFile = { version: 1, ...(await lockNewKey(recipients, passphrase)), values: {} }
  for (const name of Object.keys(vault.file.values)) {
    file = await withValue({ file }, name, await valueIn(vault, name))
  }
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
