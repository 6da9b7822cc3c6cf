/** The algorithms of dev-sec's ssh-baseline, as far as the host's OpenSSH knows them: it refuses a list with a name that it does not know. */

import type { Facts } from 'foobar-deploy'
import type { SshdVariables } from './sshd-variables.ts'

/** What sshd offers. */
export type Algorithms = Readonly<Record<'kexAlgorithms' | 'ciphers' | 'macs', readonly string[]>>

/** The algorithms for a host: those that are given, else those of the baseline. */
export function algorithmsOf(given: SshdVariables, os: Facts['os']): Algorithms {
  return {
    kexAlgorithms: given.kexAlgorithms ?? [...(isAtLeast99(os) ? sinceOpenssh99 : []), ...kexAlgorithms],
    ciphers: given.ciphers ?? ciphers,
    macs: given.macs ?? macs,
  }
}

// Debian 13 has OpenSSH 10.0, Ubuntu 25.04 has 9.9. A Debian to come has no version.
function isAtLeast99({ id, version }: Facts['os']): boolean {
  const number = version === '' ? Number.POSITIVE_INFINITY : Number(version)
  return (id === 'debian' && number >= 13) || (id === 'ubuntu' && number >= 25.04)
}

const sinceOpenssh99 = ['mlkem768x25519-sha256', 'sntrup761x25519-sha512']
const kexAlgorithms = ['sntrup761x25519-sha512@openssh.com', 'curve25519-sha256', 'curve25519-sha256@libssh.org']
const ciphers = [
  'chacha20-poly1305@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-gcm@openssh.com',
  'aes256-ctr',
  'aes192-ctr',
  'aes128-ctr',
]
const macs = [
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256-etm@openssh.com',
  'umac-128-etm@openssh.com',
  'hmac-sha2-512',
  'hmac-sha2-256',
]
