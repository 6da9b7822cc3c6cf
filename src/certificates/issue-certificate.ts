/** Issuing certificates for servers and clients: a new key, and the certificate that an authority signs for it. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { isIP } from 'node:net'
import type { Authority } from './authority.ts'
import { bits, identifier, octets, sequence, tagged } from './der.ts'
import { commonName, extension, keyIdentifier, signed } from './sign.ts'

/** What is issued. */
export interface Issued {
  /** PKCS #8 as PEM. */
  readonly key: string
  readonly certificate: string
}

/** A key (EC P-256) and its certificate for `names`, from `from` until `until`. */
export function issueCertificate(
  authority: Authority,
  names: readonly string[],
  { from, until }: { readonly from: Date; readonly until: Date },
): Issued {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { keyIdentifier: issuerKey } = authority
  const certificate = signed({
    issuer: authority.subject,
    // The name is for people; programs go by the list of alternative names, and the field has 64 characters at most.
    subject: commonName((names[0] ?? '').slice(0, 64)),
    from,
    until,
    publicKey: createPublicKey(privateKey),
    key: authority.key,
    extensions: [
      extension('2.5.29.19', true, sequence()),
      extension('2.5.29.15', true, bits(Buffer.of(0b1000_0000), 7)),
      extension('2.5.29.37', false, sequence(identifier('1.3.6.1.5.5.7.3.1'), identifier('1.3.6.1.5.5.7.3.2'))),
      extension('2.5.29.17', false, sequence(...names.map(alternativeName))),
      extension('2.5.29.14', false, octets(keyIdentifier(privateKey))),
      ...(issuerKey ? [extension('2.5.29.35', false, sequence(tagged(0, false, issuerKey)))] : []),
    ],
  })
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, certificate }
}

/** A name as it is compared: without capitals, and addresses in one spelling. */
export function plainName(name: string): string {
  if (isIP(name) !== 6) return name.toLowerCase()
  return new URL(`http://[${name}]/`).hostname.slice(1, -1)
}

function alternativeName(name: string): Buffer {
  const kind = isIP(name)
  if (kind === 0) return tagged(2, false, Buffer.from(name))
  return tagged(7, false, kind === 4 ? Buffer.from(name.split('.').map(Number)) : bytesOfIpv6(name))
}

function bytesOfIpv6(address: string): Buffer {
  const [head = '', tail] = plainName(address).split('::')
  const words = (text: string) => (text === '' ? [] : text.split(':'))
  const [left, right] = [words(head), words(tail ?? '')]
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return Buffer.from([...left, ...middle, ...right].map((word) => word.padStart(4, '0')).join(''), 'hex')
}
