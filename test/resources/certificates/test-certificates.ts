/** Certificates for tests: an authority made by openssl on this machine, and one of its certificates for each host. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** PEM texts: of the authority, and by host of its certificate and key. */
export interface TestCertificates {
  readonly authority: string
  readonly of: Readonly<Record<string, { readonly certificate: string; readonly key: string }>>
}

/** Certificates for hosts by name, each for its address too. */
export function testCertificates(addresses: Readonly<Record<string, string>>): TestCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-test-'))
  const openssl = (...words: readonly string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  const text = (name: string) => readFileSync(join(folder, name), 'utf8')
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  try {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      '-days',
      '2',
      '-subj',
      '/CN=test authority',
    )
    const entries = Object.entries(addresses).map(([name, address]) => {
      writeFileSync(join(folder, 'names'), `subjectAltName=DNS:${name},IP:${address}\n`)
      openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
      const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names']
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.crt`)
      return [name, { certificate: text(`${name}.crt`), key: text(`${name}.key`) }] as const
    })
    return { authority: text('ca.crt'), of: Object.fromEntries(entries) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
