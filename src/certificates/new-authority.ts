/** Making a certificate authority: a key and the certificate that it signs for itself. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { bits, integer, octets, sequence, yes } from './der.ts'
import { commonName, extension, keyIdentifier, signed } from './sign.ts'

const dayMs = 86_400_000

/** Ten years. */
const authorityDays = 3650

/** A new authority of that name, as one PEM text: the private key (EC P-256), then the certificate. */
export function newAuthority(name: string, now = new Date()): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = commonName(name)
  const certificate = signed({
    issuer: subject,
    subject,
    from: new Date(now.getTime() - dayMs),
    until: new Date(now.getTime() + authorityDays * dayMs),
    publicKey: createPublicKey(privateKey),
    key: privateKey,
    extensions: [
      // It signs certificates of servers, and no other authority.
      extension('2.5.29.19', true, sequence(yes, integer(0))),
      extension('2.5.29.15', true, bits(Buffer.of(0b0000_0110), 1)),
      extension('2.5.29.14', false, octets(keyIdentifier(privateKey))),
    ],
  })
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' })}${certificate}`
}
