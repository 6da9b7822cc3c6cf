/** Keys that the SSH library does not know, certificates and FIDO keys: how it offers them and sends their signatures. */

import type { Client, ParsedKey } from 'ssh2'
import type { SshLibrary } from '../ssh-library.ts'
import type { PublicKey } from './public-key.ts'
import { wireString, wireStrings } from './wire-format.ts'

type SignWith = (data: Buffer, done: (signature: Buffer) => void) => void
type OfferKey = (user: string, key: ParsedKey, algorithm?: string, signWith?: SignWith) => void
interface PacketWriter {
  readonly allocStart: number
  alloc(length: number): Buffer
  finalize(packet: Buffer): Buffer
}

// Any key that the library knows; of it only the outside is used.
const stand = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
const foreign = new WeakSet<ParsedKey>()

/** `key` in a form that the library can offer. What signs by it gives the signature with its format in front. */
export function foreignKey({ parseKey }: SshLibrary, { type, blob }: PublicKey): ParsedKey {
  // The name of an RSA certificate is that of its signatures; with the old name they would be SHA-1.
  const algorithm = type.replace(/^ssh-rsa-cert-/, 'rsa-sha2-512-cert-')
  const key = Object.create(parseKey(stand) as ParsedKey, {
    type: { value: algorithm },
    getPublicSSH: { value: () => blob },
  }) as ParsedKey
  foreign.add(key)
  return key
}

/** Makes `client` send signatures by foreign keys as they are: it would name the algorithm of the key as their format. */
export function sendForeignSignatures(client: Client): void {
  // The library has no setting for this.
  const protocol = (client as unknown as { _protocol?: { authPK?: OfferKey; _packetRW?: { write?: PacketWriter } } })
    ._protocol
  const offer = protocol?.authPK
  if (!protocol || typeof offer !== 'function') return
  protocol.authPK = (user, key, algorithm, signWith) => {
    if (!signWith || !foreign.has(key)) return offer.call(protocol, user, key, algorithm, signWith)
    const sign: SignWith = (data, done) =>
      signWith(data, (signature) => {
        const writer = protocol._packetRW?.write
        if (writer) sendWith(writer, signature, () => done(signature))
      })
    offer.call(protocol, user, key, algorithm, sign)
  }
}

/** Replaces, in the one request that `send` makes, everything after the key by `signature`. */
function sendWith(writer: PacketWriter, signature: Buffer, send: () => void): void {
  const finalize = writer.finalize
  writer.finalize = (packet) => {
    writer.finalize = finalize
    const body = packet.subarray(writer.allocStart)
    // USERAUTH_REQUEST, user, service, method, true, algorithm, key.
    const head = 1 + lengthOf(body.subarray(1), 3) + 1
    const end = head + lengthOf(body.subarray(head), 2)
    const content = Buffer.concat([body.subarray(0, end), wireString(signature)])
    const whole = writer.alloc(content.length)
    content.copy(whole, writer.allocStart)
    return finalize.call(writer, whole)
  }
  try {
    send()
  } finally {
    writer.finalize = finalize
  }
}

function lengthOf(bytes: Buffer, strings: number): number {
  return wireStrings(bytes, strings).reduce((sum, { length }) => sum + 4 + length, 0)
}
