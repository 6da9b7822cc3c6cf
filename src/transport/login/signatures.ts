/** Signatures in the wire format of SSH: the format, then the signature. Pure. */

import type { ParsedKey } from 'ssh2'
import { wireString, wireStrings } from './wire-format.ts'

/** The signature of `data` by a private key, for a key whose signatures are sent as they are. */
export function signatureBy(key: ParsedKey, data: Buffer): Buffer {
  const isRsa = key.type === 'ssh-rsa'
  const signature = key.sign(data, isRsa ? 'sha512' : undefined) as Buffer | Error
  if (signature instanceof Error) throw signature
  const value = key.type.startsWith('ecdsa-') ? pointsOf(signature) : signature
  return Buffer.concat([isRsa ? 'rsa-sha2-512' : key.type, value].map(wireString))
}

/** A signature without its format. */
export function signatureValue(signature: Buffer): Buffer {
  return wireStrings(signature, 2)[1] as Buffer
}

/** The two numbers of an ECDSA signature, which OpenSSL gives as SEQUENCE { INTEGER, INTEGER }. */
function pointsOf(der: Buffer): Buffer {
  // P-521 makes the sequence longer than one byte can tell.
  let at = (der[1] as number) > 0x80 ? 3 : 2
  const integer = () => {
    const length = der[at + 1] as number
    const value = der.subarray(at + 2, at + 2 + length)
    at += 2 + length
    return wireString(value)
  }
  return Buffer.concat([integer(), integer()])
}
