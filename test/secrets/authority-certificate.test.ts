/** The certificate of an authority that is a secret. */

import { X509Certificate } from 'node:crypto'
import { authorityCertificate, Secret, secret } from 'foobar-deploy'
import { expect, it } from 'vitest'
import { newAuthority } from '../../src/certificates/new-authority.ts'

it('is what the authority signs with, without its key', () => {
  const text = authorityCertificate(new Secret('tls.ca', newAuthority('test')))
  expect(new X509Certificate(text).ca).toBe(true)
  expect(text).not.toContain('PRIVATE')
})

it('is a text that says so where the value is not known', () => {
  expect(authorityCertificate(secret('tls.ca'))).toBe('the certificate of tls.ca\n')
})

it('is refused of anything else, without a word of it', () => {
  const asked = () => authorityCertificate(new Secret('tls.ca', 'correct horse battery'))
  expect(asked).toThrow(/tls\.ca must hold a private key and a certificate/)
  expect(asked).not.toThrow(/horse/)
})
