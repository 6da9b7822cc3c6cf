/** Certificate authorities: one PEM text with the private key and the certificate that it signs with. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { messageOf } from '../errors.ts'
import { contentOf, membersOf } from './der.ts'

/** An authority that is ready to sign. */
export interface Authority {
  readonly key: KeyObject
  readonly certificate: X509Certificate
  /** Its certificate as a file. */
  readonly pem: string
  /** Its name in DER, which is the issuer of what it signs. */
  readonly subject: Uint8Array
  /** The identifier of its key, if its certificate has one. */
  readonly keyIdentifier: Uint8Array | undefined
}

const authorities = new Map<string, Authority | string>()

/** The authority in a PEM text, or in words why there is none. */
export function authorityIn(text: string): Authority | string {
  const known = authorities.get(text)
  if (known !== undefined) return known
  const authority = parse(text)
  authorities.set(text, authority)
  return authority
}

function parse(text: string): Authority | string {
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0]
  const keyText = /-----BEGIN (?<kind>[A-Z ]*PRIVATE KEY)-----[^-]+-----END \k<kind>-----/.exec(text)?.[0]
  if (!pem || !keyText) return 'must hold a private key and a certificate, both as PEM in one text'
  try {
    const key = createPrivateKey(keyText)
    const certificate = new X509Certificate(pem)
    if (!certificate.ca) return 'must hold the certificate of an authority, not that of a server'
    if (!certificate.checkPrivateKey(key)) return 'holds a key and a certificate that do not belong together'
    if (!['ec', 'rsa'].includes(key.asymmetricKeyType ?? '')) return 'must hold a key of the kind EC or RSA'
    return {
      key,
      certificate,
      pem: `${pem}\n`,
      subject: subjectOf(certificate.raw),
      keyIdentifier: keyIdentifierOf(certificate.raw),
    }
  } catch (thrown) {
    return `cannot be read: ${messageOf(thrown)}`
  }
}

/** The parts of a certificate that are signed, after the version that may be absent. */
function partsOf(certificate: Uint8Array): Uint8Array[] {
  const [signed = new Uint8Array()] = membersOf(certificate)
  const parts = membersOf(signed)
  return parts[0]?.[0] === 0xa0 ? parts.slice(1) : parts
}

// Serial number, algorithm, issuer, validity, subject, key, extensions.
function subjectOf(certificate: Uint8Array): Uint8Array {
  return partsOf(certificate)[4] ?? new Uint8Array()
}

function keyIdentifierOf(certificate: Uint8Array): Uint8Array | undefined {
  const frame = partsOf(certificate).find(([tag]) => tag === 0xa3)
  const extensions = frame ? membersOf(contentOf(frame)) : []
  const own = extensions.map(membersOf).find(([name]) => name && Buffer.from(name).toString('hex') === '0603551d0e')
  const value = own?.at(-1)
  return value && contentOf(contentOf(value))
}
