/** Identity files: the private keys of whoever runs the toolkit. */

import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { quote } from '../shell/quote.ts'
import { decrypt, newIdentity, recipientOf } from './age.ts'
import type { SecretsEnvironment } from './secrets-environment.ts'

/** The variable that names another identity file. */
export const identityVariable = 'FOOBAR_DEPLOY_IDENTITY'

/** Private keys, and the file they are in. */
export interface Identities {
  readonly path: string
  readonly identities: readonly string[]
}

/** Where the identity file is looked for. */
export function identityPath({ environment, home }: Pick<SecretsEnvironment, 'environment' | 'home'>): string {
  const configuration = environment.XDG_CONFIG_HOME || join(home, '.config')
  return environment[identityVariable] || join(configuration, 'foobar-deploy', 'identity.txt')
}

/** The identities of the user; undefined where there are none. One that was named must be there. */
export async function readIdentities(surroundings: SecretsEnvironment): Promise<Identities | undefined> {
  const path = identityPath(surroundings)
  const isNamed = Boolean(surroundings.environment[identityVariable])
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    if (!isNamed && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(path, messageOf(cause), isNamed ? `${identityVariable} names it.` : undefined)
  }
  if (canOthersRead(path)) {
    const remedy = `chmod 600 ${quote(path)}; if others had access, make new keys.`
    if (!isNamed) throw unusable(path, 'others can read it', remedy)
    // A file that was named may come from a mount whose modes are not ours to choose.
    surroundings.warn?.(`others can read your private key: ${remedy}`)
  }
  const text = await inClear(path, bytes, surroundings)
  const identities = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  const wrong = identities.findIndex((line) => !/^AGE-SECRET-KEY-(PQ-)?1/.test(line))
  if (identities.length === 0 || wrong >= 0) {
    const isSsh = text.includes('PRIVATE KEY-----')
    throw unusable(
      path,
      isSsh ? 'it is an SSH key, which is not supported' : 'it holds something else than lines of AGE-SECRET-KEY-1…',
      '`foobar-deploy secrets init` or age-keygen make one.',
    )
  }
  return { path, identities }
}

/** The recipient that the user is, and where the identity was made if there had been none. */
export async function ownRecipient(surroundings: SecretsEnvironment): Promise<{ recipient: string; madeAt?: string }> {
  const path = identityPath(surroundings)
  const made = existsSync(path) ? undefined : await makeIdentity(path)
  if (made !== undefined) return { recipient: made, madeAt: path }
  const mine = await readIdentities(surroundings)
  return { recipient: await recipientOf(mine?.identities[0] ?? '') }
}

/** Whether anybody but its owner can read or write the file at `path`. */
export function canOthersRead(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0
}

/** Makes an identity file that only its owner can read; gives the recipient, or undefined if somebody else was quicker. */
async function makeIdentity(path: string): Promise<string | undefined> {
  const identity = await newIdentity()
  const recipient = await recipientOf(identity)
  const created = new Date().toISOString()
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return putIdentity(path, `# created: ${created}\n# public key: ${recipient}\n${identity}\n`) ? recipient : undefined
  } catch (cause) {
    throw unusable(path, `it cannot be made: ${messageOf(cause)}`, `${identityVariable} names another place.`)
  }
}

/** Whole or not at all, and never in place of another. */
function putIdentity(path: string, text: string): boolean {
  const staged = `${path}.${randomUUID()}`
  writeFileSync(staged, text, { flag: 'wx', mode: 0o600 })
  try {
    chmodSync(staged, 0o600)
    linkSync(staged, path)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
  } finally {
    rmSync(staged, { force: true })
  }
}

// `age -p` encrypts identity files with a passphrase.
async function inClear(path: string, bytes: Buffer, surroundings: SecretsEnvironment): Promise<string> {
  const text = bytes.toString()
  const isArmored = text.trimStart().startsWith('-----BEGIN AGE ENCRYPTED FILE-----')
  if (!isArmored && !text.startsWith('age-encryption.org/')) return text
  const { armor } = await import('age-encryption')
  const passphrase = await surroundings.ask(`Passphrase for ${path}: `)
  const opened = await decrypt({ passphrase }, isArmored ? armor.decode(text) : bytes)
  if (typeof opened === 'string') throw unusable(path, 'it is encrypted, and not with this passphrase')
  return opened.text
}

function unusable(path: string, detail: string, hint?: string): FoobarDeployError {
  return new FoobarDeployError('environment', 'identity-unusable', 'The identity file cannot be used', {
    detail: `${path}: ${detail}`,
    ...(hint ? { hint } : {}),
  })
}
