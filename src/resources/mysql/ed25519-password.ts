/** How MariaDB's plugin ed25519 stores a password: the public key whose seed is the password. */

import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'

/** The stored form: 43 characters of base64. */
export function ed25519Password(password: string): string {
  // RFC 8032, but with a seed of any length, which Node's own keys do not take.
  const half = createHash('sha512').update(password).digest().subarray(0, 32)
  const scalar = (BigInt(`0x${half.reverse().toString('hex')}`) & (2n ** 254n - 8n)) | (2n ** 254n)
  const key = ed25519.Point.BASE.multiply(scalar % ed25519.Point.Fn.ORDER).toBytes()
  return Buffer.from(key).toString('base64').replace('=', '')
}
