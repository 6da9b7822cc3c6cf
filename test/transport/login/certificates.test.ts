/** Logging in to a real sshd by user certificates, from files and from an agent, and by FIDO keys of an agent. */

import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { appendFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { ConnectionSettings } from '../../../src/model/host.ts'
import { wireString, wireStrings } from '../../../src/transport/login/wire-format.ts'
import { hermeticTransport, type Sshd, startSshd } from '../sshd.ts'
import { startAgent } from './agents.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let sshd: Sshd
let authority: string

beforeAll(async () => {
  authority = mkdtempSync(join(tmpdir(), 'foobar-deploy-ca-'))
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(authority, 'ca')])
  sshd = await startSshd([`TrustedUserCAKeys ${join(authority, 'ca.pub')}`])
})
afterAll(() => {
  sshd?.stop()
  rmSync(authority, { recursive: true, force: true })
})

/** A key that logs in by its certificate alone, which lies beside it as ssh-keygen leaves it. */
function makeCertified(
  name: string,
  options: { type?: string; passphrase?: string; bits?: string; principal?: string } = {},
) {
  const { type = 'ed25519', passphrase = '', bits, principal = sshd.user } = options
  const key = join(sshd.folder, name)
  execFileSync('ssh-keygen', ['-q', '-a', '1', '-t', type, ...(bits ? ['-b', bits] : []), '-N', passphrase, '-f', key])
  execFileSync('ssh-keygen', ['-q', '-s', join(authority, 'ca'), '-I', name, '-n', principal, `${key}.pub`])
  return key
}

const login = async (settings: Partial<ConnectionSettings>, options: Parameters<typeof hermeticTransport>[1] = {}) => {
  const connection = await hermeticTransport(sshd.folder, options).connect(sshd.target(settings))
  connection.close()
}

test.each([
  ['ed25519', undefined],
  ['ecdsa', '256'],
  ['ecdsa', '384'],
  ['ecdsa', '521'],
  ['rsa', '2048'],
])('the certificate beside a key of type %s %s', async (type, bits) => {
  await login({ identityFile: makeCertified(`${type}-${bits}`, { type, ...(bits ? { bits } : {}) }) })
})

test('a certificate of CertificateFile, which lies elsewhere', async () => {
  const key = makeCertified('elsewhere')
  renameSync(`${key}-cert.pub`, join(sshd.folder, 'moved.pub'))
  const sshConfigFile = sshd.write('certificate_config', 'CertificateFile ~/moved.pub\n')
  await login({ identityFile: key, sshConfigFile })
})

test('the passphrase of a key is asked for when its certificate is welcome', async () => {
  const questions: string[] = []
  const prompt = async (question: string) => {
    questions.push(question)
    return 'correct horse'
  }
  const key = makeCertified('locked', { passphrase: 'correct horse' })
  await login({ identityFile: key }, { prompt })
  expect(questions).toEqual([`Passphrase for ${key}: `])
})

test.each(['ed25519', 'rsa'])('a certificate that the agent holds with its key, of type %s', async (type) => {
  const key = makeCertified(`held-${type}`, { type })
  const agent = await startAgent(sshd.folder, [key])
  onTestFinished(() => agent.stop())
  for (const file of [key, `${key}.pub`, `${key}-cert.pub`]) rmSync(file)
  await login({ identityFile: sshd.makeKey(`other-${type}`, { isAllowed: false }) }, { authSocket: agent.socket })
})

test('a certificate in a file whose key is in the agent', async () => {
  const key = makeCertified('apart', { type: 'rsa' })
  const certificate = join(sshd.folder, 'apart-elsewhere.pub')
  renameSync(`${key}-cert.pub`, certificate)
  const agent = await startAgent(sshd.folder, [key])
  onTestFinished(() => agent.stop())
  rmSync(key)
  const sshConfigFile = sshd.write('apart_config', `CertificateFile ${certificate}\n`)
  await login({ identityFile: `${key}.pub`, sshConfigFile, identitiesOnly: true }, { authSocket: agent.socket })
})

test('a certificate that does not help is told, and does not keep a key from helping', async () => {
  const stranger = makeCertified('stranger', { principal: 'somebody-else' })
  await login({ identityFile: [stranger, sshd.key] })
  const alone = makeCertified('alone')
  rmSync(alone)
  const garbage = sshd.write('garbage', 'no certificate\n')
  const sshConfigFile = sshd.write('useless_config', `CertificateFile ${garbage}\nCertificateFile ${alone}-cert.pub\n`)
  const failing = login({ identityFile: stranger, sshConfigFile })
  await expect(failing).rejects.toMatchObject({
    code: 'authentication-failed',
    detail: expect.stringMatching(
      /garbage \(holds no certificate\), .*alone-cert\.pub \(its private key is not there\)/,
    ),
  })
  await expect(login({ identityFile: stranger })).rejects.toMatchObject({
    detail: expect.stringContaining(`tried ${stranger}-cert.pub, ${stranger}`),
  })
})

test('a FIDO key of the agent', async () => {
  const agent = await startFidoAgent(join(sshd.folder, 'fido-agent'))
  onTestFinished(() => agent.stop())
  appendFileSync(join(sshd.folder, 'authorized_keys'), `${agent.line}\n`)
  await login({ identityFile: sshd.makeKey('unwelcome', { isAllowed: false }) }, { authSocket: agent.socket })
  expect(agent.signatures()).toBe(1)
})

/** An agent with a FIDO key, whose device is made of software and is always touched. */
async function startFidoAgent(socket: string) {
  const application = 'ssh:'
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const type = 'sk-ssh-ed25519@openssh.com'
  const blob = Buffer.concat([type, raw, application].map(wireString))
  const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest()
  let signatures = 0
  const answer = (request: Buffer): Buffer => {
    if (request[0] === 11) return Buffer.concat([Buffer.from([12, 0, 0, 0, 1]), wireString(blob), wireString('fido')])
    signatures++
    const data = wireStrings(request.subarray(1), 2)[1] as Buffer
    const touched = Buffer.from([1, 0, 0, 0, 7])
    const value = sign(null, Buffer.concat([sha256(application), touched, sha256(data)]), privateKey)
    return Buffer.concat([Buffer.from([14]), wireString(Buffer.concat([wireString(type), wireString(value), touched]))])
  }
  const server = createServer((connection) => {
    let received = Buffer.alloc(0)
    connection.on('error', () => {})
    connection.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readUInt32BE(0)) return
      connection.write(wireString(answer(received.subarray(4))))
      received = Buffer.alloc(0)
    })
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  return {
    socket,
    line: `${type} ${blob.toString('base64')}`,
    signatures: () => signatures,
    stop: () => void server.close(),
  }
}
