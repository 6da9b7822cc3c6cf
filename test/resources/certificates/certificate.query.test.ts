/** The query of certificates on this machine: what is there, what is not, what belongs together. */

import { createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Authority, authorityIn } from '../../../src/certificates/authority.ts'
import { issueCertificate } from '../../../src/certificates/issue-certificate.ts'
import { newAuthority } from '../../../src/certificates/new-authority.ts'
import { certificateQuery } from '../../../src/resources/certificates/certificate.query.ts'
import { ask, programsOf, temporaryFolder } from '../run-script.ts'

const authority = authorityIn(newAuthority('Test CA')) as Authority
const until = new Date(Date.now() + 86_400_000)
const issued = () => issueCertificate(authority, ['::1'], { from: new Date(), until })

it('answers for several at once, with one openssl a key that is there', () => {
  const folder = temporaryFolder()
  const [one, two] = [issued(), issued()]
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const at = (path: string, keyPath: string, bundlePath?: string) => ({
    path: join(folder, path),
    keyPath: join(folder, keyPath),
    ...(bundlePath === undefined ? {} : { bundlePath: join(folder, bundlePath) }),
  })
  put('-one.pem', one.certificate)
  put("it's.key", one.key)
  put('bundle', `${one.certificate}${one.key}`)
  put('two.pem', two.certificate)
  put('broken.key', 'no key\n')
  const operands = [
    at('-one.pem', "it's.key", 'bundle'),
    at('two.pem', "it's.key", 'bundle'),
    at('two.pem', 'broken.key'),
    at('none.pem', 'none.key', 'none'),
  ]
  const answers = ask(certificateQuery, operands)
  const publicKey = createPublicKey(one.key).export({ type: 'spki', format: 'pem' })
  expect(answers.map(({ text, publicKey: key, isBundled }) => [text, key, isBundled])).toEqual([
    [one.certificate, publicKey, true],
    [two.certificate, publicKey, false],
    [two.certificate, '', false],
    ['', '', false],
  ])
  for (const { hasOpenssl, nowSeconds } of answers) {
    expect(hasOpenssl).toBe(true)
    expect(Math.abs(nowSeconds - Date.now() / 1000)).toBeLessThan(60)
  }
  expect(programsOf(certificateQuery.script(operands), ['openssl', 'date'])).toEqual([
    'date',
    'openssl',
    'openssl',
    'openssl',
  ])
})

it('says no word of the private key', () => {
  const folder = temporaryFolder()
  const { certificate, key } = issued()
  const operand = { path: join(folder, 'a.pem'), keyPath: join(folder, 'a.key'), bundlePath: join(folder, 'both') }
  writeFileSync(operand.path, certificate)
  writeFileSync(operand.keyPath, key)
  writeFileSync(operand.bundlePath, certificate + key)
  expect(JSON.stringify(ask(certificateQuery, [operand]))).not.toContain('PRIVATE')
})
