/** Private key files: what can be told of one without its passphrase. Pure. */

import type { ParsedKey } from 'ssh2'
import { keyTypeOf } from '../host-keys/known-hosts.ts'

/** What a key file holds. */
export type KeyFile =
  | { readonly kind: 'open'; readonly key: ParsedKey }
  | { readonly kind: 'encrypted'; readonly publicLine: string | undefined }
  | { readonly kind: 'unusable'; readonly reason: string }

/** How ssh2 parses keys. */
export type ParseKey = (data: string | Buffer, passphrase?: string) => ParsedKey | ParsedKey[] | Error

/** Reads the text of a key file; `publicText` is that of the `.pub` file beside it. */
export function readKeyFile(text: string, publicText: string | undefined, parseKey: ParseKey): KeyFile {
  const parsed = firstKey(parseKey(text))
  if (!(parsed instanceof Error)) {
    return parsed.isPrivateKey() ? { kind: 'open', key: parsed } : { kind: 'unusable', reason: 'is a public key' }
  }
  if (/no passphrase given/.test(parsed.message)) {
    return { kind: 'encrypted', publicLine: publicText?.trim() || publicLineOf(text) }
  }
  if (publicLineOf(text)?.startsWith('sk-')) {
    return { kind: 'unusable', reason: 'is a FIDO key, which only an agent can use; run: ssh-add' }
  }
  if (/^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m.test(text)) {
    return { kind: 'unusable', reason: 'is in PKCS#8 form; `ssh-keygen -p -f` on it rewrites it in OpenSSH form' }
  }
  return { kind: 'unusable', reason: `cannot be parsed: ${parsed.message}` }
}

/** The key in `text` decrypted with `passphrase`, or undefined if that is not its passphrase. */
export function decryptKey(text: string, passphrase: string, parseKey: ParseKey): ParsedKey | undefined {
  const parsed = firstKey(parseKey(text, passphrase))
  return parsed instanceof Error || !parsed.isPrivateKey() ? undefined : parsed
}

/** A key file others may read or write is refused, as OpenSSH refuses it. */
export function permissionProblem(mode: number): string | undefined {
  const permissions = mode & 0o777
  if ((permissions & 0o077) === 0) return undefined
  return `others can read it (mode 0${permissions.toString(8)}); run: chmod 600`
}

function firstKey(parsed: ParsedKey | ParsedKey[] | Error): ParsedKey | Error {
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('it holds no key')) : parsed
}

const magic = 'openssh-key-v1\0'

/** The public half of a private key: OpenSSH's own form holds it in clear before the encrypted part. */
export function publicLineOf(text: string): string | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined
  try {
    let at = magic.length
    // Cipher, key derivation and its options, then the number of keys.
    for (let field = 0; field < 3; field++) at += 4 + bytes.readUInt32BE(at)
    at += 4
    const key = bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at))
    return `${keyTypeOf(key)} ${key.toString('base64')}`
  } catch {
    return undefined
  }
}
