/** Seals: what only somebody who can open a secrets file can put on its values and on the list of their names. */

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** What a sealed value is bound to: age encrypts to a public key, so a ciphertext alone proves nothing of who wrote it. */
export interface Sealed {
  readonly name: string
  readonly ciphertext: string
}

/** The seal of a value, in base64. `identity` is the file's own private key. */
export function sealOfValue(identity: string, { name, ciphertext }: Sealed): string {
  return sealOf(identity, ['value', name, ciphertext])
}

/** A value as it stands in the file, taken apart. */
export function sealedParts(text: string): { readonly ciphertext: string; readonly seal: string } {
  const [ciphertext = '', seal = ''] = text.split('.')
  return { ciphertext, seal }
}

/** The seal of all names, which shows that none was taken out, in base64. */
export function sealOfNames(identity: string, names: readonly string[]): string {
  return sealOf(identity, ['names', ...[...names].sort()])
}

/** What a file's key proves its successor with, for those who opened the file before. */
export function successionKeyOf(identity: string): string {
  return Buffer.from(hkdfSync('sha256', identity, '', 'foobar-deploy secrets file, succession', 32)).toString('base64')
}

/** The proof that the holder of the key before chose this public key. */
export function sealOfSuccessor(successionKey: string, publicKey: string): string {
  return createHmac('sha256', Buffer.from(successionKey, 'base64')).update(publicKey).digest('base64')
}

/** Whether two seals are the same. */
export function isSameSeal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left, 'base64'), Buffer.from(right, 'base64')]
  return a.length === b.length && timingSafeEqual(a, b)
}

function sealOf(identity: string, parts: readonly string[]): string {
  const key = Buffer.from(hkdfSync('sha256', identity, '', 'foobar-deploy secrets file, version 2', 32))
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64')
}
