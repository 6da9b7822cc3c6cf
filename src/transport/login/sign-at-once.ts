/** Saves a round trip of the login: a key at hand signs at once, where ssh2 would ask first whether the key is welcome. */

import type { Client, ParsedKey } from 'ssh2'

type SignWith = (data: Buffer, done: (signature: Buffer) => void) => void
type OfferKey = (user: string, key: ParsedKey, algorithm?: string, signWith?: SignWith) => void

const hashes = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
])

/** Makes `client` sign at once. Keys of an agent and encrypted ones, which cost a person's attention, still ask first. */
export function signAtOnce(client: Client): void {
  // ssh2 has no setting for this; where its inside looks different, the login just takes its usual course.
  const protocol = (client as unknown as { _protocol?: { authPK?: OfferKey } })._protocol
  const offer = protocol?.authPK
  if (!protocol || typeof offer !== 'function') return
  protocol.authPK = (user, key, algorithm, signWith) => {
    const sign: SignWith = (data, done) => done(key.sign(data, hashes.get(algorithm ?? '')))
    const canSign = key.isPrivateKey() && (key.type !== 'ssh-rsa' || hashes.has(algorithm ?? ''))
    offer.call(protocol, user, key, algorithm, signWith ?? (canSign ? sign : undefined))
  }
}
