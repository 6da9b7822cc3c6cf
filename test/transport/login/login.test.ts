/** Logging in to a real sshd: keys, passphrases, agents, and the account of what did not help. */

import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ConnectionSettings } from '../../../src/model/host.ts'
import { wireString } from '../../../src/transport/login/wire-format.ts'
import { hermeticTransport, type Sshd, startSshd } from '../sshd.ts'
import { startAgent } from './agents.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let sshd: Sshd
let agent: { readonly socket: string; stop(): void }
let inAgent: string

beforeAll(async () => {
  sshd = await startSshd(['MaxAuthTries 3'])
  inAgent = sshd.makeKey('in-agent')
  agent = await startAgent(sshd.folder, [inAgent])
})
afterAll(() => {
  agent?.stop()
  sshd?.stop()
})

const login = async (
  settings: Partial<ConnectionSettings>,
  options: Parameters<typeof hermeticTransport>[1] = {},
  transport = hermeticTransport(sshd.folder, options),
) => {
  const connection = await transport.connect(sshd.target(settings))
  connection.close()
}
const answers = (...given: string[]) => {
  const questions: string[] = []
  const prompt = async (question: string) => {
    questions.push(question)
    return given.shift() ?? ''
  }
  return { questions, prompt }
}

test.each([['ed25519'], ['ecdsa'], ['rsa']])('a key of type %s', async (type) => {
  await login({ identityFile: sshd.makeKey(`open-${type}`, { type }) })
})

test.each([
  ['ed25519', 'RFC4716'],
  ['ecdsa', 'RFC4716'],
  ['rsa', 'RFC4716'],
  ['rsa', 'PEM'],
])('an encrypted %s key in %s form asks for its passphrase, once for all connections', async (type, form) => {
  const identityFile = sshd.makeKey(`locked-${type}-${form}`, { type, form, passphrase: 'correct horse' })
  const { questions, prompt } = answers('correct horse')
  const transport = hermeticTransport(sshd.folder, { prompt })
  await Promise.all([login({ identityFile }, {}, transport), login({ identityFile }, {}, transport)])
  expect(questions).toEqual([`Passphrase for ${identityFile}: `])
})

test.each(['RFC4716', 'PEM'])('an encrypted key in %s form without its .pub file', async (form) => {
  const identityFile = sshd.makeKey(`alone-${form}`, { type: 'rsa', form, passphrase: 'correct horse' })
  rmSync(`${identityFile}.pub`)
  const { questions, prompt } = answers('correct horse')
  await login({ identityFile }, { prompt })
  expect(questions).toHaveLength(1)
})

test('a wrong passphrase is asked for again, three times in all', async () => {
  const identityFile = sshd.makeKey('forgotten', { passphrase: 'correct horse' })
  const right = answers('wrong', 'correct horse')
  await login({ identityFile }, right)
  expect(right.questions).toHaveLength(2)
  const wrong = answers('a', 'b', 'c', 'd')
  await expect(login({ identityFile }, wrong)).rejects.toMatchObject({
    code: 'authentication-failed',
    detail: expect.stringContaining('forgotten (no passphrase that fits)'),
  })
  expect(wrong.questions).toHaveLength(3)
})

test('the time a person types does not count', async () => {
  const identityFile = sshd.makeKey('slow', { passphrase: 'correct horse' })
  const prompt = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500))
    return 'correct horse'
  }
  await login({ identityFile, connectTimeoutMs: 1400 }, { prompt })
})

test('no passphrase is asked for a key that the host does not take', async () => {
  const stranger = sshd.makeKey('locked-stranger', { passphrase: 'correct horse', isAllowed: false })
  const { questions, prompt } = answers()
  await login({ identityFile: [stranger, sshd.key] }, { prompt })
  expect(questions).toEqual([])
})

test('the agent comes first, and no passphrase is asked when it is enough', async () => {
  const locked = sshd.makeKey('locked-unneeded', { passphrase: 'correct horse' })
  await login({ identityFile: locked }, { authSocket: agent.socket })
})

test('an identity file is good enough to find its key in the agent', async () => {
  const crowd = ['c1', 'c2', 'c3', 'c4'].map((name) => sshd.makeKey(name, { isAllowed: false }))
  const crowded = await startAgent(sshd.folder, [...crowd, inAgent])
  try {
    const tooMany = login({ identityFile: sshd.key }, { authSocket: crowded.socket })
    await expect(tooMany).rejects.toMatchObject({
      code: 'authentication-failed',
      hint: expect.stringContaining('IdentitiesOnly'),
    })
    await login({ identityFile: inAgent }, { authSocket: crowded.socket })
    const configFile = sshd.write('only', 'IdentitiesOnly yes\n')
    await login({ identityFile: sshd.key, sshConfigFile: configFile }, { authSocket: crowded.socket })
  } finally {
    crowded.stop()
  }
})

test('an agent that is gone does not stand in the way', async () => {
  await login({}, { authSocket: join(sshd.folder, 'no-agent') })
})

test('what was tried and what could not be used is told', async () => {
  const stranger = sshd.makeKey('stranger', { isAllowed: false })
  const open = sshd.makeKey('too-open')
  chmodSync(open, 0o644)
  const garbage = sshd.write('garbage', 'no key\n')
  const missing = join(sshd.folder, 'missing')
  const failing = login(
    { identityFile: [stranger, open, garbage, missing] },
    { authSocket: join(sshd.folder, 'no-agent') },
  )
  await expect(failing).rejects.toMatchObject({
    family: 'unreachable',
    code: 'authentication-failed',
    host: 'web1',
    detail: expect.stringContaining(`${sshd.user}@127.0.0.1:${sshd.port}; tried ${stranger}; not usable: agent (`),
    hint: expect.stringContaining('authorized_keys'),
  })
  const { detail } = (await failing.catch((error) => error)) as { detail: string }
  expect(detail).toContain(`${open} (others can read it (mode 0644); run: chmod 600)`)
  expect(detail).toContain(`${garbage} (cannot be parsed`)
  expect(detail).toContain(`${missing} (is not there)`)
  expect(detail).toContain('the host accepts: publickey')
})

test('a private key that others can read is not used, and that is told once, also where another key helps', async () => {
  const open = sshd.makeKey('others-can-read')
  chmodSync(open, 0o640)
  const notices: string[] = []
  const transport = hermeticTransport(sshd.folder, { notice: (text) => notices.push(text) })
  await login({ identityFile: [open, sshd.key] }, {}, transport)
  await login({ identityFile: [open, sshd.key] }, {}, transport)
  expect(notices).toEqual([
    `the private key ${open} is not used: others can read it (mode 0640); run: chmod 600 ${open}`,
  ])
})

test('what is no regular file is no key, and is not waited for', async () => {
  const pipe = join(sshd.folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const failing = login({ identityFile: [pipe, '/dev/zero'], connectTimeoutMs: 20_000 })
  await expect(failing).rejects.toMatchObject({
    code: 'authentication-failed',
    detail: expect.stringMatching(/pipe \(.*is not a regular file\), \/dev\/zero \(/),
  })
})

test('of a FIDO key in a file it is told that an agent is needed', async () => {
  const fido = sshd.write('id_ed25519_sk', fidoKeyFile())
  await expect(login({ identityFile: fido })).rejects.toMatchObject({
    code: 'authentication-failed',
    detail: expect.stringContaining(`${fido} (is a FIDO key, which only an agent can use; run: ssh-add)`),
  })
})

test('what ssh_config says of the login and is not followed is told when the login fails', async () => {
  const stranger = sshd.makeKey('stranger-2', { isAllowed: false })
  const sshConfigFile = sshd.write('gssapi', 'Host 127.*\n  GSSAPIAuthentication yes\n  Ciphers aes128-ctr\n')
  const failing = login({ identityFile: stranger, sshConfigFile })
  await expect(failing).rejects.toMatchObject({
    detail: expect.stringMatching(/; gssapiauthentication yes in ssh_config is not supported \(.*\/gssapi:2\)$/),
  })
})

test('a key whose public half is in the private file alone is found in the agent', async () => {
  const copy = sshd.makeKey('without-pub')
  const own = await startAgent(sshd.folder, [copy])
  rmSync(`${copy}.pub`)
  chmodSync(copy, 0o644)
  try {
    await login({ identityFile: copy, identitiesOnly: true }, { authSocket: own.socket })
  } finally {
    own.stop()
  }
})

test('the default identities are those in ~/.ssh, and nothing is said of the ones that are not there', async () => {
  const { settings, ...target } = sshd.target()
  const { identityFile: _, ...rest } = settings
  const failing = hermeticTransport(join(sshd.folder, 'nowhere')).connect({ ...target, settings: rest })
  await expect(failing).rejects.toMatchObject({
    code: 'authentication-failed',
    detail: expect.stringMatching(/; tried nothing$|; tried nothing; the host accepts/),
    hint: expect.stringContaining('identityFile'),
  })
})

test('an identity file of ssh_config, with tokens', async () => {
  const configFile = sshd.write('identity_config', 'Host 127.*\n  IdentityFile %d/id\n')
  const { settings, ...target } = sshd.target()
  const { identityFile: _, sshConfigFile: __, ...rest } = settings
  const connection = await hermeticTransport(sshd.folder, { configFile }).connect({ ...target, settings: rest })
  connection.close()
})

/** The beginning of what ssh-keygen writes for a key in a FIDO device. */
function fidoKeyFile(): string {
  const key = Buffer.concat(['sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), 'ssh:'].map(wireString))
  const one = Buffer.from([0, 0, 0, 1])
  const head = [Buffer.from('openssh-key-v1\0'), ...['none', 'none', ''].map(wireString), one, wireString(key)]
  const body = Buffer.concat([...head, wireString(Buffer.alloc(64))]).toString('base64')
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`
}
