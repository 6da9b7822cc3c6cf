/** Logins that sshd cannot be made to show without a user of its own: passwords, and the number of requests made. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ssh2, { type AuthContext } from 'ssh2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Secret } from '../../src/shell/secret.ts'
import { hermeticTransport, type Sshd, startSshd } from './sshd.ts'

let sshd: Sshd

beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd?.stop())

const password = new Secret('login', 'correct horse battery')

/** Connects to a server that decides by `decide`, and tells which requests it saw. */
async function login(
  decide: (request: AuthContext) => void,
  settings: Parameters<Sshd['target']>[0] = {},
  knownKey = sshd.hostKeys.ed25519,
): Promise<{ requests: string[]; error: unknown }> {
  const requests: string[] = []
  const server = new ssh2.Server({ hostKeys: [readFileSync(join(sshd.folder, 'host_ed25519'))] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (request) => {
      const isSigned = request.method === 'publickey' && request.signature !== undefined
      requests.push(isSigned ? 'publickey signed' : request.method)
      decide(request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const knownHostsFile = sshd.write('server_known', `[127.0.0.1]:${port} ${knownKey}\n`)
  try {
    const connection = await hermeticTransport(sshd.folder).connect(sshd.target({ ...settings, port, knownHostsFile }))
    connection.close()
    return { requests, error: undefined }
  } catch (error) {
    return { requests, error }
  } finally {
    server.close()
  }
}

test('a key that needs no passphrase takes one request', async () => {
  const { requests, error } = await login((request) => request.accept())
  expect(error).toBeUndefined()
  expect(requests).toEqual(['publickey signed'])
})

test('a password comes after the keys', async () => {
  const { requests, error } = await login(
    (request) => {
      if (request.method === 'password' && request.password === password.reveal()) request.accept()
      else request.reject(['publickey', 'password'])
    },
    { password },
  )
  expect(error).toBeUndefined()
  expect(requests).toEqual(['publickey signed', 'password'])
})

test('a password is what a single hidden question wants', async () => {
  const { requests, error } = await login(
    (request) => {
      if (request.method !== 'keyboard-interactive') return request.reject(['keyboard-interactive'])
      request.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
        if (answers[0] === password.reveal()) request.accept()
        else request.reject([])
      })
    },
    { password },
  )
  expect(error).toBeUndefined()
  expect(requests).toEqual(['publickey signed', 'keyboard-interactive'])
})

test('a password is given to no other question', async () => {
  const given: string[][] = []
  await login(
    (request) => {
      if (request.method !== 'keyboard-interactive') return request.reject(['keyboard-interactive'])
      request.prompt([{ prompt: 'Your name: ', echo: true }], (answers) => {
        given.push(answers)
        request.reject([])
      })
    },
    { password },
  )
  expect(given.flat().join('')).not.toContain(password.reveal())
})

test('both a key and a password, where the host wants both', async () => {
  const { requests, error } = await login(
    (request) => {
      if (request.method === 'password') request.accept()
      else request.reject(['password'], true)
    },
    { password },
  )
  expect(error).toBeUndefined()
  expect(requests).toEqual(['publickey signed', 'password'])
})

test('the account of a failed login names the password and does not hold it', async () => {
  const { error } = await login((request) => request.reject(['publickey', 'password']), { password })
  expect(error).toMatchObject({
    code: 'authentication-failed',
    detail: expect.stringContaining(`tried ${sshd.key}, password; the host accepts: publickey, password`),
  })
  expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toContain(password.reveal())
})

test('what the host does not take is not offered', async () => {
  const { requests } = await login((request) => request.reject(['publickey']), { password })
  expect(requests).toEqual(['publickey signed'])
})

test.each(['strict', 'accept-new', 'no'] as const)(
  'a host with a changed key gets no password (%s)',
  async (checking) => {
    const { requests, error } = await login(
      (request) => request.accept(),
      { password, hostKeyChecking: checking },
      sshd.hostKeys.ecdsa,
    )
    expect(error).toMatchObject({ code: 'changed-host-key' })
    expect(requests).toEqual([])
  },
)
