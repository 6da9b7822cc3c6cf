/** known_hosts as data: its lines, and what they say of a host's key. */

import { createHash, createHmac, randomBytes } from 'node:crypto'
import { matchesPatterns } from '../ssh-config/patterns.ts'

/** One line of a known_hosts file. */
export interface KnownHost {
  readonly file: string
  readonly line: number
  readonly marker?: 'revoked' | 'cert-authority'
  /** Patterns separated by commas, or `|1|salt|hash`. */
  readonly hosts: string
  readonly keyType: string
  /** The key in base64. */
  readonly key: string
}

/** What the known hosts say of a key. */
export type KeyVerdict =
  | { readonly kind: 'known'; readonly entry: KnownHost }
  | { readonly kind: 'revoked'; readonly entry: KnownHost }
  /** The host is known with these keys, and this is none of them. */
  | { readonly kind: 'changed'; readonly entries: readonly KnownHost[] }
  /** `authorities` are the certificate authorities of the host, which this toolkit cannot use. */
  | { readonly kind: 'unknown'; readonly authorities: readonly KnownHost[] }

/** The entries of a known_hosts file. Lines that hold none are passed over, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((content, index) => {
    const fields = content.trim().split(/[ \t]+/)
    const marker = fields[0] === '@revoked' || fields[0] === '@cert-authority' ? fields.shift()?.slice(1) : undefined
    const [hosts, keyType, key] = fields
    if (!hosts || !keyType || !key || hosts.startsWith('#') || hosts.startsWith('@')) return []
    return [
      { file, line: index + 1, ...(marker ? { marker: marker as 'revoked' } : {}), hosts, keyType, key },
    ] satisfies KnownHost[]
  })
}

/** The name a host goes by in known_hosts. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
}

/** The entries for `name`. */
export function entriesFor(entries: readonly KnownHost[], name: string): KnownHost[] {
  return entries.filter(({ hosts }) => namesHost(hosts, name))
}

/** What `entries` say of `key` as the key of the host called `name`. */
export function judgeHostKey(entries: readonly KnownHost[], name: string, key: Buffer): KeyVerdict {
  const encoded = key.toString('base64')
  const own = entriesFor(entries, name)
  const revoked = own.find((entry) => entry.marker === 'revoked' && entry.key === encoded)
  if (revoked) return { kind: 'revoked', entry: revoked }
  const keys = own.filter(({ marker }) => marker === undefined)
  const known = keys.find((entry) => entry.key === encoded)
  if (known) return { kind: 'known', entry: known }
  if (keys.length > 0) return { kind: 'changed', entries: keys }
  return { kind: 'unknown', authorities: own.filter(({ marker }) => marker === 'cert-authority') }
}

/** The line that makes `key` known for `name`, which a salt hides as HashKnownHosts asks for. */
export function knownHostLine(name: string, key: Buffer, salt?: Buffer): string {
  const host = salt ? `|1|${salt.toString('base64')}|${hashOf(name, salt)}` : name
  return `${host} ${keyTypeOf(key)} ${key.toString('base64')}\n`
}

/** A salt for {@link knownHostLine}. */
export function newSalt(): Buffer {
  return randomBytes(20)
}

function hashOf(name: string, salt: Buffer): string {
  return createHmac('sha1', salt).update(name).digest('base64')
}

/** The type at the head of a key in its wire format. */
export function keyTypeOf(key: Buffer): string {
  return key.length < 4 ? '' : key.toString('latin1', 4, 4 + key.readUInt32BE(0))
}

/** The fingerprint of a key as `ssh-keygen -l` shows it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

function namesHost(hosts: string, name: string): boolean {
  if (!hosts.startsWith('|')) return matchesPatterns(hosts.toLowerCase().split(','), name.toLowerCase())
  const [, version, salt = '', hash] = hosts.split('|')
  if (version !== '1') return false
  return hashOf(name, Buffer.from(salt, 'base64')) === hash
}
