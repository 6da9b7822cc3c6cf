/** Hashes of passwords against those that others computed. */

import { createHash } from 'node:crypto'
import { Secret } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { ed25519Password } from '../../../src/resources/mysql/ed25519-password.ts'
import { hashLiteral, isPasswordOf } from '../../../src/resources/mysql/password.ts'
import { sha256Crypt } from '../../../src/resources/mysql/sha256-crypt.ts'

const secret = (value: string) => new Secret('test', value)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** What MySQL 9.7 stored for the password `canary-pw1`, by the form that it was told to use. */
const stored = {
  'crypt(3)':
    '2441243030412420720B7704040F3F18237D337B3A18736B7C4457356155437A3157484D6B4953654C415770564D6D3769485635726B6C356E49616D4F353947472E6A447642',
  'crypt(3) with another salt':
    '244124303041242E6F3A186F503B4B6B72150E2562130A03071D0B4864714A6D4E6A6F6D67524D713773716C747537723177523330504D472E65685865682F46736261713234',
  PBKDF2:
    '24422430304124125B4C36513E7C59047F1D3D5D791A29725F5E2D654A533741314158596552484232584A5772706B37494F4D4969796239725335654D37627568714E46584C546B6B524F525770452B4C6F79546C6837302B362B4B4547484F56467A686A6849744E51392F50314E33773D3D',
}

describe('sha256Crypt', () => {
  // By `openssl passwd -5`.
  it.each([
    ['saltstring', 'Hello world!', 5000, '5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
    [
      'short',
      'a longer pässword than one digest is, with ten more',
      5000,
      'KJXM98WZGnd1vcxKOGLE5LK1m37mJJYGMkweNcVxpH3',
    ],
  ])('of salt %s and password %s', (salt, password, rounds, digest) => {
    expect(sha256Crypt(Buffer.from(password), Buffer.from(salt), rounds)).toBe(digest)
  })
})

describe('ed25519Password', () => {
  it('is what MariaDB 11.8 stores', () => {
    expect(ed25519Password('secret')).toBe('ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY')
  })
})

describe('isPasswordOf', () => {
  it.each(Object.entries(stored))('knows a password in the form %s', (_form, hex) => {
    const bytes = Buffer.from(hex, 'hex')
    const account = { salt: bytes.subarray(0, 27), digest: sha256(bytes) }
    expect(isPasswordOf(account, 'caching_sha2_password', secret('canary-pw1'))).toBe(true)
    expect(isPasswordOf(account, 'caching_sha2_password', secret('canary-pw2'))).toBe(false)
  })

  it('does not know a form that came later, nor an account without a password', () => {
    for (const salt of [Buffer.from('$C$005$aaaaaaaaaaaaaaaaaaaa'), Buffer.alloc(0)]) {
      const account = { salt, digest: sha256(Buffer.from('')) }
      expect(isPasswordOf(account, 'caching_sha2_password', secret('canary-pw1'))).toBe(false)
    }
  })

  it('knows one of mysql_native_password', () => {
    const account = { salt: Buffer.alloc(0), digest: sha256(Buffer.from('*37D23E45C68DB8D0E5C9890DA97366B733C47148')) }
    expect(isPasswordOf(account, 'mysql_native_password', secret('canary-x'))).toBe(true)
    expect(isPasswordOf(account, 'mysql_native_password', secret('canary-y'))).toBe(false)
  })
})

describe('hashLiteral', () => {
  it('has a salt of its own each time, and as many rounds as the server wants', () => {
    const all = [5000, 10_000, 10_000].map((rounds) =>
      hashLiteral('caching_sha2_password', secret('canary-pw1'), rounds),
    )
    const bytes = all.map((literal) => Buffer.from(literal.slice(2), 'hex'))
    expect(new Set(all).size).toBe(3)
    expect(bytes.map((one) => one.subarray(0, 7).toString())).toEqual(['$A$005$', '$A$00A$', '$A$00A$'])
    expect(bytes.map(({ length }) => length)).toEqual([70, 70, 70])
    for (const one of bytes) {
      const account = { salt: one.subarray(0, 27), digest: sha256(one) }
      expect(isPasswordOf(account, 'caching_sha2_password', secret('canary-pw1'))).toBe(true)
    }
  })

  it('is text for the plugins of MariaDB', () => {
    expect(hashLiteral('mysql_native_password', secret('canary-x'))).toBe("'*37D23E45C68DB8D0E5C9890DA97366B733C47148'")
    expect(hashLiteral('ed25519', secret('secret'))).toBe("'ZIgUREUg5PVgQ6LskhXmO+eZLS0nC8be6HPjYWR4YJY'")
  })
})
