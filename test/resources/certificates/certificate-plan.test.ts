/** Certificates in a plan of an inventory whose authority is not made yet. */

import { expect, it } from 'vitest'
import { newAuthority } from '../../../src/certificates/new-authority.ts'
import { certificate } from '../../../src/index.ts'
import type { CertificateAnswer } from '../../../src/resources/certificates/certificate.query.ts'
import type { FileStatus } from '../../../src/resources/files/file-status.query.ts'
import { SecretReference } from '../../../src/secrets/secret-reference.ts'

const absent: FileStatus = { kind: 'absent', parentExists: true }
const found: CertificateAnswer = {
  hasOpenssl: true,
  nowSeconds: Date.now() / 1000,
  text: '',
  publicKey: '',
  isBundled: false,
}

it('is a change, whatever is there', () => {
  const authority = new SecretReference(
    'tls.ca',
    { kind: 'file', generated: { generate: 'certificate-authority' } },
    undefined,
  )
  authority.standIn()
  const paths = { path: '/etc/a.pem', keyPath: '/etc/a.key', authorityPath: '/etc/ca.pem' }
  const { resource, desired, problems } = certificate({ ...paths, names: ['a'], authority })
  expect(problems).toEqual([])
  const changesWith = (text: string) => {
    const answers = { found: { ...found, text }, path: absent, keyPath: absent, authorityPath: absent }
    return resource.diff(resource.parse(answers, desired), desired).map(({ key, to }) => `${key}: ${to}`)
  }
  expect(changesWith('')).toEqual(['certificate: for a', 'authorityPath: its certificate'])
  const there = /-----BEGIN CERTIFICATE[\s\S]+/.exec(newAuthority('Old CA'))?.[0] ?? ''
  expect(changesWith(there)).toContain('authority: one that apply will make')
})
