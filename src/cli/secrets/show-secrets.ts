/** `secrets get` and `list`: a value for who may see it, and the names for everybody. */

import { cwd, stdout } from 'node:process'
import { FoobarDeployError, formatLocation, type SourceLocation } from '../../errors.ts'
import { shownPath } from '../../report/error-text.ts'
import { missingSecrets } from '../../secrets/resolve-secrets.ts'
import type { SecretReference } from '../../secrets/secret-reference.ts'
import { readSecretsFile, secretsPath } from '../../secrets/secrets-file.ts'
import { openVault, valueIn } from '../../secrets/vault.ts'
import { namedBy, shown } from '../inventory-secrets.ts'
import { loadInventory } from '../load-inventory.ts'
import { paintFor, write, writeUnmasked } from '../terminal.ts'
import { processSurroundings } from './process-surroundings.ts'

/** Writes the value of a secret to a terminal, or with `anywhere` to whatever the output is. */
export async function getSecret(inventory: string, name: string, anywhere: boolean): Promise<void> {
  if (!stdout.isTTY && !anywhere) {
    throw new FoobarDeployError('usage', 'output-not-a-terminal', 'The output is a file or a pipe', {
      detail: 'a secret is shown on a terminal alone',
      hint: '--stdout writes it all the same, without a line end of its own.',
    })
  }
  const value = await valueIn(await openVault(secretsPath(inventory), processSurroundings()), name)
  writeUnmasked(stdout.isTTY && !value.endsWith('\n') ? `${value}\n` : value)
}

/** Writes who can open the file, and the secrets that there are and that the inventory names. */
export async function listSecrets(inventory: string): Promise<void> {
  await loadInventory(inventory)
  const references = namedBy(inventory)
  const path = secretsPath(inventory)
  const file = readSecretsFile(path)
  const missing = new Set(
    missingSecrets(references, shown(inventory), processSurroundings()).map(({ subject }) => subject),
  )
  const named = Map.groupBy(references, ({ name }) => name)
  const names = [...new Set([...Object.keys(file?.values ?? {}), ...named.keys()])].sort()
  const width = Math.max(0, ...names.map((name) => name.length))
  const paint = await paintFor('stdout')
  const lines = names.map((name) => {
    const uses = named.get(name) ?? []
    const isMissing = missing.has(`secret ${name}`)
    const state = isMissing ? 'missing' : stateOf(uses[0])
    const places = uses.flatMap(({ at }) => (at ? [placeText(at)] : []))
    return `${name.padEnd(width)}  ${paint(isMissing ? 'failed' : 'ok', state.padEnd(11))}  ${places.join(', ') || 'not named by the inventory'}`
  })
  const who = Object.keys(file?.recipients ?? {})
  if (file?.lockedKey.forPassphrase !== undefined) who.push('whoever knows the passphrase')
  const head = file ? `${path} opens for ${who.join(', ')}` : `there is no ${path}`
  write(`${[head, ...lines].join('\n')}\n`)
}

function stateOf(reference: SecretReference | undefined): string {
  return !reference || reference.source.kind === 'file' ? 'set' : reference.source.kind
}

function placeText(at: SourceLocation): string {
  return formatLocation({ ...at, file: shownPath(at.file, cwd()) })
}
