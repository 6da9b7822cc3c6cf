/** The algorithms offered to a host, cheapest first. */

import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2'
import { matchesPatterns } from './ssh-config/patterns.ts'
import type { AlgorithmLimits } from './ssh-config/ssh-config.ts'

const hostKeys: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

const keyExchanges: readonly KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
]
const ciphers: readonly CipherAlgorithm[] = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
]
const macs: readonly MacAlgorithm[] = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
]

/** Host key algorithms with those for which a key is known first: a host with several keys shows the first it has. */
export function hostKeyAlgorithms(knownTypes: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: ServerHostKeyAlgorithm) =>
    knownTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  return [...hostKeys.filter(isKnown), ...hostKeys.filter((algorithm) => !isKnown(algorithm))]
}

/**
 * All algorithms for a connection that `limits` leave; some list may be empty then. No compression: it costs more than it
 * saves on what is sent.
 */
export function algorithmsFor(serverHostKey: ServerHostKeyAlgorithm[], limits: AlgorithmLimits = {}) {
  return {
    kex: left(keyExchanges, limits.kexalgorithms),
    serverHostKey: left(serverHostKey, limits.hostkeyalgorithms),
    cipher: left(ciphers, limits.ciphers),
    hmac: left(macs, limits.macs),
    compress: ['none'],
  } satisfies Algorithms
}

// With `+` and `^` the list only adds to what is offered, and orders it.
function left<T extends string>(offered: readonly T[], limit: string | undefined): T[] {
  if (limit === undefined || /^[+^]/.test(limit)) return [...offered]
  const isLess = limit.startsWith('-')
  const patterns = (isLess ? limit.slice(1) : limit).split(',')
  return offered.filter((algorithm) => matchesPatterns(patterns, algorithm) !== isLess)
}
