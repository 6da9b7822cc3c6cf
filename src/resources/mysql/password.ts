/** Passwords as database servers keep them: computed here, so that a password is compared and set without being sent. */

import { createHash, pbkdf2Sync, randomInt } from 'node:crypto'
import type { Secret } from '../../shell/secret.ts'
import type { PasswordPlugin } from './dialect.ts'
import { ed25519Password } from './ed25519-password.ts'
import { sha256Crypt } from './sha256-crypt.ts'
import type { MysqlAccountState } from './user.query.ts'

/** Whether what is stored for an account is of this password; `plugin` is how the account proves itself. */
export function isPasswordOf(
  { salt, digest }: Pick<MysqlAccountState, 'salt' | 'digest'>,
  plugin: PasswordPlugin,
  password: Secret<string>,
): boolean {
  const stored = storedFor(plugin, password.reveal(), salt)
  return stored !== undefined && createHash('sha256').update(stored).digest('hex') === digest
}

/** What is to be stored for a password, as SQL takes it. `rounds` is how often the server hashes for caching_sha2_password. */
export function hashLiteral(plugin: PasswordPlugin, password: Secret<string>, rounds = 5000): string {
  const stored = storedFor(plugin, password.reveal(), newHead(rounds)) as Buffer
  return plugin === 'caching_sha2_password' ? `0x${stored.toString('hex')}` : `'${stored}'`
}

function storedFor(plugin: PasswordPlugin, password: string, head: Buffer): Buffer | undefined {
  switch (plugin) {
    case 'caching_sha2_password':
      return cachingSha2(password, head)
    case 'mysql_native_password':
      return Buffer.from(
        `*${sha1(sha1(Buffer.from(password)))
          .toString('hex')
          .toUpperCase()}`,
      )
    case 'ed25519':
      return Buffer.from(ed25519Password(password))
  }
}

// How MySQL writes it: $A$ for crypt(3), $B$ for PBKDF2 (since 9.x, on wish), thousands of rounds in hexadecimal, 20 bytes
// of salt, and the digest.
const headForm = /^\$(?<form>[AB])\$(?<thousands>[0-9A-F]{3})\$$/
const headLength = 7
const saltLength = 20

// A host's servers share salts with their replicas, and every state is read twice where something changes.
const known = new Map<string, Buffer>()
const mostKnown = 1000

function cachingSha2(password: string, head: Buffer): Buffer | undefined {
  const match = headForm.exec(head.subarray(0, headLength).toString('latin1'))
  if (!match?.groups || head.length !== headLength + saltLength) return undefined
  const key = createHash('sha256').update(head).update(password).digest('hex')
  const before = known.get(key)
  if (before) return before
  const salt = head.subarray(headLength)
  const rounds = Number.parseInt(match.groups.thousands ?? '', 16) * 1000
  const digest =
    match.groups.form === 'A'
      ? sha256Crypt(Buffer.from(password), salt, rounds)
      : pbkdf2Sync(password, salt, rounds, 64, 'sha512').toString('base64')
  const stored = Buffer.concat([head, Buffer.from(digest)])
  if (known.size >= mostKnown) known.clear()
  known.set(key, stored)
  return stored
}

const saltSigns = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function newHead(rounds: number): Buffer {
  const thousands = Math.max(5, Math.floor(rounds / 1000))
  const salt = Array.from({ length: saltLength }, () => saltSigns[randomInt(saltSigns.length)]).join('')
  return Buffer.from(`$A$${thousands.toString(16).toUpperCase().padStart(3, '0')}$${salt}`)
}

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest()
}
