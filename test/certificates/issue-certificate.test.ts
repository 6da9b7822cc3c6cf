/** Certificates that are issued here, judged by OpenSSL and by the TLS of Node.js. */

import { spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Authority, authorityIn } from '../../src/certificates/authority.ts'
import { issueCertificate, plainName } from '../../src/certificates/issue-certificate.ts'
import { newAuthority } from '../../src/certificates/new-authority.ts'

const dayMs = 86_400_000
const now = new Date()
const period = { from: new Date(now.getTime() - dayMs), until: new Date(now.getTime() + 90 * dayMs) }
const names = ['web1', '198.51.100.11', 'www.foobar.com', '*.internal.foobar.com', '2001:db8::1:0:11', '::1']

function authority(text = newAuthority('Test CA')): Authority {
  const found = authorityIn(text)
  if (typeof found === 'string') throw new Error(found)
  return found
}

function files(contents: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-certificates-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(contents)) writeFileSync(join(folder, name), text)
  return folder
}

function openssl(folder: string, line: string): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('openssl', line.split(' '), { cwd: folder, encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}` }
}

describe('an issued certificate', () => {
  it.each(['sslserver', 'sslclient'])('is verified strictly by OpenSSL as %s', (purpose) => {
    const ca = authority()
    const folder = files({ 'ca.pem': ca.pem, 'leaf.pem': issueCertificate(ca, names, period).certificate })
    for (const name of [
      '-verify_hostname web1',
      '-verify_hostname a.internal.foobar.com',
      '-verify_ip 198.51.100.11',
    ]) {
      const line = `verify -x509_strict -CAfile ca.pem -purpose ${purpose} ${name} leaf.pem`
      expect(openssl(folder, line), line).toEqual({ status: 0, said: 'leaf.pem: OK\n' })
    }
    expect(openssl(folder, 'verify -CAfile ca.pem -verify_hostname web2 leaf.pem').said).toMatch(/hostname mismatch/i)
    const other = files({ 'ca.pem': authority(newAuthority('Test CA')).pem })
    expect(openssl(folder, `verify -CAfile ${join(other, 'ca.pem')} leaf.pem`).status).not.toBe(0)
  })

  it('says what it is for', () => {
    const ca = authority()
    const { certificate, key } = issueCertificate(ca, names, period)
    const folder = files({ 'leaf.pem': certificate, 'key.pem': key, 'ca.pem': ca.pem })
    const { said } = openssl(folder, 'x509 -in leaf.pem -noout -text')
    expect(said).toMatch(/Public-Key: \(256 bit\)[\s\S]*NIST CURVE: P-256/)
    expect(said).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
    expect(said).toMatch(/Key Usage: critical\s+Digital Signature\n/)
    expect(said).toContain('TLS Web Server Authentication, TLS Web Client Authentication')
    expect(said).toMatch(/Subject: CN ?= ?web1\n/)
    expect(said).toMatch(/Issuer: CN ?= ?Test CA\n/)
    expect(new X509Certificate(certificate).subjectAltName).toBe(
      'DNS:web1, IP Address:198.51.100.11, DNS:www.foobar.com, DNS:*.internal.foobar.com, IP Address:2001:DB8:0:0:0:1:0:11, IP Address:0:0:0:0:0:0:0:1',
    )
    const text = openssl(folder, 'x509 -in ca.pem -noout -text').said
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign/)
    expect(text).not.toMatch(/Name Constraints/)
    expect(openssl(folder, 'pkey -in key.pem -check -noout')).toMatchObject({ status: 0 })
  })

  it('keeps its times, also beyond 2049', () => {
    const until = new Date('2051-02-03T04:05:06Z')
    const { validTo, validFrom } = new X509Certificate(
      issueCertificate(authority(), ['a'], { from: new Date('2049-12-31T23:59:59Z'), until }).certificate,
    )
    expect([new Date(validFrom).toISOString(), new Date(validTo).toISOString()]).toEqual([
      '2049-12-31T23:59:59.000Z',
      '2051-02-03T04:05:06.000Z',
    ])
  })

  it('has a serial number of its own', () => {
    const ca = authority()
    const numbers = Array.from({ length: 20 }, () => {
      const { serialNumber } = new X509Certificate(issueCertificate(ca, ['a'], period).certificate)
      expect(serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/)
      return serialNumber
    })
    expect(new Set(numbers).size).toBe(20)
  })

  it('is accepted by the TLS of Node.js, for both sides', async () => {
    const ca = authority()
    const [server, client] = [issueCertificate(ca, names, period), issueCertificate(ca, ['client'], period)]
    const listening = createServer({
      key: server.key,
      cert: server.certificate,
      ca: ca.pem,
      requestCert: true,
      rejectUnauthorized: true,
    })
    onTestFinished(() => void listening.close())
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
    const { port } = listening.address() as { port: number }
    listening.on('secureConnection', (socket) => socket.end(String(socket.getPeerCertificate().subject.CN)))
    const ask = (servername: string, trusted: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({
          port,
          host: '127.0.0.1',
          servername,
          ca: trusted,
          key: client.key,
          cert: client.certificate,
        })
        socket.on('data', (bytes) => resolve(String(bytes)))
        socket.on('error', reject)
      })
    expect(await ask('www.foobar.com', ca.pem)).toBe('client')
    await expect(ask('www.example.com', ca.pem)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    await expect(ask('www.foobar.com', authority().pem)).rejects.toThrow(/unable to verify|self.signed/)
  })
})

describe('an authority', () => {
  it.each([
    ['EC', 'ec -pkeyopt ec_paramgen_curve:P-384'],
    ['RSA', 'rsa:2048'],
  ])('may be made by OpenSSL (%s)', (_, kind) => {
    const folder = files({})
    const line = `req -x509 -newkey ${kind} -nodes -days 100 -sha256 -keyout key.pem -out ca.pem -subj /C=DE/O=Foobar/CN=Own`
    expect(openssl(folder, line)).toMatchObject({ status: 0 })
    const ca = authority(`${openssl(folder, 'x509 -in ca.pem').said}${openssl(folder, 'pkey -in key.pem').said}`)
    writeFileSync(join(folder, 'leaf.pem'), issueCertificate(ca, names, period).certificate)
    expect(openssl(folder, 'verify -CAfile ca.pem leaf.pem')).toEqual({
      status: 0,
      said: 'leaf.pem: OK\n',
    })
  })

  it.each([
    ['a password', 'correct horse', /must hold a private key and a certificate/],
    [
      'two that are strangers',
      `${newAuthority('a').split('-----BEGIN C')[0]}${authority().pem}`,
      /do not belong together/,
    ],
    ['broken', newAuthority('a').replace(/[A-Za-z]{20}/, '!'), /cannot be read/],
  ])('is not %s', (_, text, words) => {
    expect(authorityIn(text)).toMatch(words)
  })

  it('is not the certificate of a server', () => {
    const { certificate, key } = issueCertificate(authority(), ['a'], period)
    expect(authorityIn(key + certificate)).toMatch(/not that of a server/)
  })
})

it.each([
  ['WEB1.Foobar.com', 'web1.foobar.com'],
  ['2001:DB8:0:0:0:1:0:11', '2001:db8::1:0:11'],
  ['198.51.100.11', '198.51.100.11'],
  ['::1', '::1'],
])('the name %s is compared as %s', (name, plain) => {
  expect(plainName(name)).toBe(plain)
})
