/** Makes the values that are to be generated and are not there yet: once, whoever else is at it at the same time. */

import { userInfo } from 'node:os'
import { basename, extname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { FoobarDeployError } from '../errors.ts'
import { newValueOf } from './generate-value.ts'
import type { Generated } from './generated.ts'
import { ownRecipient } from './identities.ts'
import type { SecretsEnvironment } from './secrets-environment.ts'
import { readSecretsFile, secretsPath } from './secrets-file.ts'
import { newSecretsFile, type OpenFile, unlock } from './unlock.ts'
import { withValue } from './vault.ts'
import { writeSecretsFile } from './write-secrets-file.ts'

/** What was made. */
export interface Made {
  /** Of the secrets. */
  readonly names: readonly string[]
  /** Where they are kept. */
  readonly path: string
  /** The user's new identity file, where there had been none. */
  readonly identity?: string
}

const withinMs = 10_000
const pauseMs = 50

/** Makes those of `rules`, by name of the secret, that have no value. What is there is never replaced. */
export async function makeLacking(
  rules: ReadonlyMap<string, Generated>,
  inventory: string,
  surroundings: SecretsEnvironment,
): Promise<Made> {
  const until = Date.now() + withinMs
  for (;;) {
    try {
      return await makeOnce(rules, inventory, surroundings)
    } catch (thrown) {
      const isBusy = thrown instanceof FoobarDeployError && busy.includes(thrown.code)
      if (!isBusy || Date.now() > until) throw thrown
      await pause(pauseMs)
    }
  }
}

// Somebody else was quicker: what they made is read, and not made again.
const busy = ['secrets-file-moved', 'secrets-file-locked']

async function makeOnce(
  rules: ReadonlyMap<string, Generated>,
  inventory: string,
  surroundings: SecretsEnvironment,
): Promise<Made> {
  const path = secretsPath(inventory)
  const before = readSecretsFile(path)
  const lacking = [...rules].filter(([name]) => !before || !Object.hasOwn(before.values, name))
  if (lacking.length === 0) return { names: [], path }
  // Who could not read what they write must not write it.
  const key = before && (await unlock(path, before, surroundings))
  const { file, identity, ...opened } =
    before && key ? { file: before, key, identity: undefined } : await newFile(surroundings)
  let after = file
  for (const [name, rule] of lacking) {
    after = await withValue(
      { file: after, key: opened.key },
      name,
      newValueOf(rule, name, basename(inventory, extname(inventory))),
    )
  }
  writeSecretsFile(path, after, before ?? null)
  return { names: lacking.map(([name]) => name), path, ...(identity === undefined ? {} : { identity }) }
}

async function newFile(surroundings: SecretsEnvironment): Promise<OpenFile & { identity: string | undefined }> {
  const { recipient, madeAt } = await ownRecipient(surroundings)
  return { ...(await newSecretsFile({ [userInfo().username]: recipient }, undefined)), identity: madeAt }
}
