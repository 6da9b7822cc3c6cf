/** Public keys and user certificates in the wire format of SSH. Pure. */

import { wireString, wireStrings } from './wire-format.ts'

/** A public key, or a certificate for one. */
export interface PublicKey {
  readonly type: string
  readonly blob: Buffer
  /** The key that a certificate is for; of a plain key itself. */
  readonly plain: Buffer
  readonly isCertificate: boolean
  /** Whether its private half is in a FIDO device. */
  readonly isFido: boolean
}

// How many strings the public half of a key has after its type.
const partsOfType = new Map([
  ['ssh-ed25519', 1],
  ['ssh-rsa', 2],
  ['ecdsa-sha2-nistp256', 2],
  ['ecdsa-sha2-nistp384', 2],
  ['ecdsa-sha2-nistp521', 2],
  ['sk-ssh-ed25519@openssh.com', 2],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 3],
])
const certificateEnding = '-cert-v01@openssh.com'

/** The key in `blob`; undefined for a kind that this toolkit does not know. */
export function publicKeyOf(blob: Buffer): PublicKey | undefined {
  try {
    const type = String(wireStrings(blob, 1)[0])
    const isCertificate = type.endsWith(certificateEnding)
    const base = isCertificate ? type.slice(0, -certificateEnding.length) : type
    const plainType = isCertificate && base.startsWith('sk-') ? `${base}@openssh.com` : base
    const parts = partsOfType.get(plainType)
    if (parts === undefined) return undefined
    // The nonce of a certificate stands between its type and the key.
    const fields = wireStrings(blob, 1 + (isCertificate ? 1 : 0) + parts).slice(-parts)
    const plain = Buffer.concat([plainType, ...fields].map(wireString))
    return { type, blob, plain, isCertificate, isFido: base.startsWith('sk-') }
  } catch {
    return undefined
  }
}

/** The key in a line of a `.pub` file. */
export function publicKeyInLine(line: string): PublicKey | undefined {
  const [, encoded] = /^\S+[ \t]+([\w+/=]+)/.exec(line.trim()) ?? []
  return encoded === undefined ? undefined : publicKeyOf(Buffer.from(encoded, 'base64'))
}
