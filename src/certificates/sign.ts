/** Certificates of the form X.509 version 3, signed by an authority that is at hand. */

import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { bits, identifier, integer, none, octets, sequence, set, tagged, time, utf8, yes } from './der.ts'

/** What a certificate says. */
export interface Signing {
  /** Names in DER. */
  readonly issuer: Uint8Array
  readonly subject: Uint8Array
  readonly from: Date
  readonly until: Date
  readonly publicKey: KeyObject
  readonly extensions: readonly Uint8Array[]
  /** The issuer's. */
  readonly key: KeyObject
}

/** The certificate as PEM. */
export function signed({ issuer, subject, from, until, publicKey, extensions, key }: Signing): string {
  const algorithm = algorithmOf(key)
  const content = sequence(
    tagged(0, true, integer(2)),
    integer(serialNumber()),
    algorithm,
    issuer,
    sequence(time(from), time(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, true, sequence(...extensions)),
  )
  return pem('CERTIFICATE', sequence(content, algorithm, bits(sign('sha256', content, key))))
}

/** A name of one part, the common name. */
export function commonName(text: string): Buffer {
  return sequence(set(sequence(identifier('2.5.4.3'), utf8(text))))
}

/** An extension; one that is critical must be understood by whoever checks the certificate. */
export function extension(name: string, isCritical: boolean, value: Uint8Array): Buffer {
  return sequence(identifier(name), ...(isCritical ? [yes] : []), octets(value))
}

/** What identifies a key among others. */
export function keyIdentifier(key: KeyObject): Buffer {
  const point = createPublicKey(key).export({ type: 'spki', format: 'der' }).subarray(-65)
  return createHash('sha1').update(point).digest()
}

function pem(label: string, content: Uint8Array): string {
  const lines =
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function algorithmOf(key: KeyObject): Buffer {
  return key.asymmetricKeyType === 'rsa'
    ? sequence(identifier('1.2.840.113549.1.1.11'), none)
    : sequence(identifier('1.2.840.10045.4.3.2'))
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}
