/** Surroundings for tests of secrets: a home of their own, no terminal, and files of secrets. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ownRecipient } from '../../src/secrets/identities.ts'
import type { SecretsEnvironment } from '../../src/secrets/secrets-environment.ts'
import { secretsPath } from '../../src/secrets/secrets-file.ts'
import { newSecretsFile } from '../../src/secrets/unlock.ts'
import { openVault, type Vault, withValue } from '../../src/secrets/vault.ts'
import { writeSecretsFile } from '../../src/secrets/write-secrets-file.ts'

/** Somebody with a home of their own; `answers` are what they type. */
export async function somebody(
  environment: Record<string, string> = {},
  answers: Readonly<Record<string, string>> = {},
): Promise<SecretsEnvironment> {
  const home = await folder()
  return {
    environment,
    home,
    ask: async (question) => {
      const answer = answers[question]
      if (answer === undefined) throw new Error(`asked: ${question}`)
      return answer
    },
  }
}

/** Their public key, which is made where there is none. */
export async function keyOf(person: SecretsEnvironment): Promise<string> {
  return (await ownRecipient(person)).recipient
}

/** The open secrets file of a new inventory, for these people and this passphrase. */
export async function newVault(
  people: Readonly<Record<string, SecretsEnvironment>>,
  values: Readonly<Record<string, string>> = {},
  passphrase?: string,
): Promise<Vault & { readonly inventory: string }> {
  const inventory = join(await folder(), 'dev.ts')
  const recipients: Record<string, string> = {}
  for (const [name, person] of Object.entries(people)) recipients[name] = await keyOf(person)
  let { file, key } = await newSecretsFile(recipients, passphrase)
  for (const [name, value] of Object.entries(values)) file = await withValue({ file, key }, name, value)
  const path = secretsPath(inventory)
  writeSecretsFile(path, file, null)
  const [first] = Object.values(people)
  const vault = await openVault(path, first ?? (await somebody({}, { [`Passphrase for ${path}: `]: passphrase ?? '' })))
  return { ...vault, inventory }
}

/** A folder that is gone after the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'foobar-deploy-secrets-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}
