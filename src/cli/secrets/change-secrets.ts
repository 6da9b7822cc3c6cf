/** `secrets set`, `rotate` and `remove`: changes of single values. */

import { authorityIn } from '../../certificates/authority.ts'
import { newAuthority } from '../../certificates/new-authority.ts'
import { FoobarDeployError } from '../../errors.ts'
import { secretsPath } from '../../secrets/secrets-file.ts'
import { openVault, unknownSecret, valueIn, withoutValue, withValue } from '../../secrets/vault.ts'
import { writeSecretsFile } from '../../secrets/write-secrets-file.ts'
import { write } from '../terminal.ts'
import { processEnvironment } from './process-environment.ts'
import { newValue, readValue } from './value-input.ts'

/** Sets a secret to a value that is typed, piped or, with a length or `true`, generated. */
export async function setSecret(inventory: string, name: string, generate: boolean, length: unknown): Promise<void> {
  if (length !== undefined && !generate) {
    throw new FoobarDeployError('usage', 'invalid-usage', '--length goes with --generate')
  }
  const vault = await openVault(secretsPath(inventory), processEnvironment())
  const value = generate ? newValue(length) : await readValue(name)
  writeSecretsFile(vault.path, await withValue(vault, name, value), vault.file)
  write(`${name} is ${Object.hasOwn(vault.file.values, name) ? 'changed' : 'set'} in ${vault.path}\n`)
}

/** Gives a secret a generated value in place of the one it has. */
export async function rotateSecret(inventory: string, name: string, length: unknown): Promise<void> {
  const vault = await openVault(secretsPath(inventory), processEnvironment())
  if (!Object.hasOwn(vault.file.values, name)) throw unknownSecret(vault.path, vault.file, name)
  const value = renewed(await valueIn(vault, name), length)
  writeSecretsFile(vault.path, await withValue(vault, name, value), vault.file)
  write(`${name} has a new value in ${vault.path}; hosts have it after: foobar-deploy apply ${inventory}\n`)
}

function renewed(before: string, length: unknown): string {
  const authority = authorityIn(before)
  if (typeof authority === 'string') return newValue(length ?? Math.max(32, [...before].length))
  return newAuthority(/^CN=(?<name>.*)$/m.exec(authority.certificate.subject)?.groups?.name ?? 'authority')
}

/** Takes a secret out of the file. */
export async function removeSecret(inventory: string, name: string): Promise<void> {
  const vault = await openVault(secretsPath(inventory), processEnvironment())
  writeSecretsFile(vault.path, withoutValue(vault, name), vault.file)
  write(`${name} is removed from ${vault.path}; it stays readable in the history of version control\n`)
}
