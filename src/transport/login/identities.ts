/** Identities: private keys to log in with, read from files, decrypted when they turn out to be needed. */

import type { ParsedKey } from 'ssh2'
import { quote } from '../../shell/quote.ts'
import { readSmallFile } from '../read-small-file.ts'
import { decryptKey, type ParseKey, permissionProblem, publicLineOf, readKeyFile } from './private-key.ts'
import { type PublicKey, publicKeyInLine } from './public-key.ts'

/** A key that can be offered. */
export interface Identity {
  readonly file: string
  /** What is offered; undefined where only the decrypted file tells. */
  readonly publicKey: ParsedKey | undefined
  /** The private key, at once for a key that is not encrypted. */
  readonly open: ParsedKey | undefined
  /** Asks for the passphrase, at most three times. Undefined when it was not given. */
  unlock(): Promise<ParsedKey | undefined>
}

/** A file that holds no usable key, and why. */
export interface UnusableIdentity {
  readonly file: string
  readonly reason: string
}

/** Opens key files for all connections of a transport, so that a passphrase is asked for once. */
export interface IdentityStore {
  /** The identity in `file`; undefined when the file is not there. */
  load(file: string, parseKey: ParseKey): Promise<Identity | UnusableIdentity | undefined>
}

const passphraseAttempts = 3
const largestKeyBytes = 2 ** 20

/** Makes a store that asks for passphrases by `prompt`, and tells by `notice` of keys that others can read. */
export function createIdentityStore(
  prompt: (question: string) => Promise<string>,
  notice: (text: string) => void,
): IdentityStore {
  const loaded = new Map<string, Promise<Identity | UnusableIdentity | undefined>>()
  const load = async (file: string, parseKey: ParseKey): Promise<Identity | UnusableIdentity | undefined> => {
    let text: string
    try {
      const content = await readSmallFile(file, largestKeyBytes)
      const problem = permissionProblem(content.mode)
      if (problem !== undefined) {
        notice(`the private key ${file} is not used: ${problem} ${quote(file)}`)
        return { file, reason: problem }
      }
      text = content.text
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException
      return code === 'ENOENT' ? undefined : { file, reason: message }
    }
    const keyFile = readKeyFile(text, undefined, parseKey)
    if (keyFile.kind === 'unusable') return { file, reason: keyFile.reason }
    if (keyFile.kind === 'open') return openIdentity(file, keyFile.key)
    const publicLine = keyFile.publicLine ?? (await readPublic(file))
    const publicKey = publicLine === undefined ? undefined : parsePublic(publicLine, parseKey)
    let unlocking: Promise<ParsedKey | undefined> | undefined
    return {
      file,
      publicKey,
      open: undefined,
      unlock() {
        unlocking ??= askFor(file, text, prompt, parseKey)
        return unlocking
      },
    }
  }
  return {
    load(file, parseKey) {
      const known = loaded.get(file)
      if (known) return known
      const loading = load(file, parseKey)
      loaded.set(file, loading)
      return loading
    },
  }
}

/** The public key of an identity, from the `.pub` file beside it or from the file itself. */
export async function publicKeyBeside(file: string): Promise<PublicKey | undefined> {
  const line = (await readPublic(file)) ?? publicLineOf((await readText(file)) ?? '')
  return line === undefined ? undefined : publicKeyInLine(line)
}

/** The public key or certificate in `file`. */
export async function readPublicKey(file: string): Promise<PublicKey | undefined> {
  const text = await readText(file)
  return text === undefined ? undefined : publicKeyInLine(text)
}

function openIdentity(file: string, key: ParsedKey): Identity {
  return { file, publicKey: key, open: key, unlock: () => Promise.resolve(key) }
}

async function askFor(
  file: string,
  text: string,
  prompt: (question: string) => Promise<string>,
  parseKey: ParseKey,
): Promise<ParsedKey | undefined> {
  for (let attempt = 1; attempt <= passphraseAttempts; attempt++) {
    const passphrase = await prompt(`${attempt === 1 ? '' : 'That is not it. '}Passphrase for ${file}: `)
    // Nothing typed means that the user does without this key, as with OpenSSH.
    if (passphrase === '') return undefined
    const key = decryptKey(text, passphrase, parseKey)
    if (key) return key
  }
  return undefined
}

async function readPublic(file: string): Promise<string | undefined> {
  return readText(file.endsWith('.pub') ? file : `${file}.pub`)
}

async function readText(file: string): Promise<string | undefined> {
  return (await readSmallFile(file, largestKeyBytes).catch(() => undefined))?.text.trim()
}

function parsePublic(line: string, parseKey: ParseKey): ParsedKey | undefined {
  const parsed = parseKey(line)
  const key = Array.isArray(parsed) ? parsed[0] : parsed
  return key instanceof Error ? undefined : key
}
