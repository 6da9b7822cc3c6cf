/** Peers that fall silent at each point of connecting: every wait has a limit, and the error says what was waited for. */

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2, { type Connection as ServerConnection } from 'ssh2'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { ConnectionSettings } from '../../src/model/host.ts'
import { record } from './recording.ts'
import { hermeticTransport, type Sshd, startSshd } from './sshd.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const connectTimeoutMs = 3000
let sshd: Sshd

beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd?.stop())

const connect = (settings: Partial<ConnectionSettings>, options: Parameters<typeof hermeticTransport>[1] = {}) =>
  hermeticTransport(sshd.folder, options).connect(
    sshd.target({ hostKeyAlias: `[127.0.0.1]:${sshd.port}`, connectTimeoutMs, ...settings }),
  )
const timedOut = (phase: string) => ({
  family: 'unreachable',
  code: 'connect-timed-out',
  host: 'web1',
  detail: expect.stringMatching(`gave no answer within \\d+ ms, while ${phase}`),
})

test('no greeting', async () => {
  const port = await listen(() => {})
  await expect(connect({ port })).rejects.toMatchObject(timedOut('waiting for the greeting of sshd'))
})

test('no key exchange', async () => {
  const port = await listen((socket) => void socket.write('SSH-2.0-silent\r\n'))
  await expect(connect({ port })).rejects.toMatchObject(timedOut('exchanging keys'))
})

test('no answer to the login', async () => {
  const port = await serve((client) => client.on('authentication', () => {}))
  await expect(connect({ port })).rejects.toMatchObject(timedOut('logging in'))
})

test('an agent that lists no keys is done without', async () => {
  const authSocket = join(sshd.folder, 'silent-agent')
  await listen(() => {}, authSocket)
  const connection = await connect({ connectTimeoutMs: 15_000 }, { authSocket })
  connection.close()
  await expect(connect({ identityFile: join(sshd.folder, 'missing') }, { authSocket })).rejects.toMatchObject({
    code: 'authentication-failed',
    detail: expect.stringMatching(/agent \(no answer within \d+ ms\)/),
  })
})

test('an agent that does not sign', async () => {
  const agent = join(sshd.folder, 'agent')
  const child = spawn('ssh-agent', ['-D', '-a', agent], { stdio: 'ignore' })
  onTestFinished(() => void child.kill())
  await expect.poll(() => existsSync(agent)).toBe(true)
  execFileSync('ssh-add', ['-q', sshd.key], { env: { ...process.env, SSH_AUTH_SOCK: agent } })
  const authSocket = join(sshd.folder, 'listing-agent')
  let requests = 0
  await listen((near) => {
    requests += 1
    if (requests === 1) near.pipe(connectSocket(agent)).pipe(near)
  }, authSocket)
  await expect(connect({}, { authSocket })).rejects.toMatchObject(timedOut('logging in'))
  expect(requests).toBe(2)
})

test('a proxy command that says nothing is ended, also where it takes no hint', async () => {
  const pidFile = join(sshd.folder, 'proxy.pid')
  const proxyCommand = `trap '' TERM HUP; echo $$ > ${pidFile}; while :; do sleep 1; done`
  await expect(connect({ proxyCommand })).rejects.toMatchObject(
    timedOut('waiting for the greeting of sshd through the proxy command'),
  )
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('a host behind a bastion that says nothing', async () => {
  const port = await listen(() => {})
  const proxyJump = `${sshd.user}@127.0.0.1:${sshd.port}`
  await expect(connect({ port, proxyJump })).rejects.toMatchObject(
    timedOut('waiting for the greeting of sshd behind the bastion'),
  )
})

test('a bastion that does not answer whether it connects', async () => {
  const bastion = await serve((client) => {
    client.on('authentication', (request) => request.accept())
    client.on('tcpip', () => {})
  })
  const knownHostsFile = sshd.write('silent_bastion', `[127.0.0.1]:${bastion} ${sshd.hostKeys.ed25519}\n`)
  await expect(
    connect({ proxyJump: `127.0.0.1:${bastion}`, knownHostsFile, hostKeyAlias: undefined }),
  ).rejects.toMatchObject(timedOut('asking the bastion for 127.0.0.1'))
})

test('a session that is never started, on a host that answers all else', async () => {
  const port = await serve((client) => {
    client.on('authentication', (request) => request.accept())
    client.on('session', () => {})
  })
  const connection = await connect({ port, keepaliveIntervalMs: 200 })
  await expect(connection.open('true', record())).rejects.toMatchObject({
    family: 'unreachable',
    code: 'channel-timed-out',
    host: 'web1',
    detail: expect.stringMatching(/^sshd gave no answer within \d+ ms$/),
  })
  connection.close()
})

/** A server that has sshd's key; `behave` listens to each client. */
async function serve(behave: (client: ServerConnection) => void): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [readFileSync(join(sshd.folder, 'host_ed25519'))] }, (client) => {
    client.on('error', () => {})
    behave(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as { port: number }).port
}

async function listen(onConnection: (socket: Socket) => void, path?: string): Promise<number> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => (path ? server.listen(path, resolve) : server.listen(0, '127.0.0.1', resolve)))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
