/** What becomes of a connection when the network, the server or the user ends it. */

import { connect as connectSocket, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ConnectionSettings } from '../../src/model/host.ts'
import { record } from './recording.ts'
import { startRelay } from './relay.ts'
import { freePort, hermeticTransport, type Sshd, startSshd } from './sshd.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let sshd: Sshd

beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd?.stop())

const connect = (settings: Partial<ConnectionSettings>, signal?: AbortSignal, address = '127.0.0.1') =>
  hermeticTransport(sshd.folder).connect({ ...sshd.target(settings), address }, signal)

test('nobody listens', async () => {
  const port = await freePort()
  await expect(connect({ port })).rejects.toMatchObject({
    family: 'unreachable',
    code: 'connection-refused',
    summary: 'The host refused the connection',
    host: 'web1',
    detail: expect.stringContaining(`${sshd.user}@127.0.0.1:${port}`),
    hint: expect.stringContaining('sshd'),
  })
})

test('a name that does not exist', async () => {
  await expect(connect({}, undefined, 'no-such-host.invalid')).rejects.toMatchObject({ code: 'name-not-resolved' })
})

test('a Unix socket that does not exist', async () => {
  await expect(connect({ socketPath: join(sshd.folder, 'none') })).rejects.toMatchObject({ code: 'connection-refused' })
})

test('a server that says nothing', async () => {
  await withServer(
    () => {},
    async (port) => {
      const startedAt = performance.now()
      await expect(connect({ port, connectTimeoutMs: 300 })).rejects.toMatchObject({
        code: 'connect-timed-out',
        detail: expect.stringContaining('within 300 ms, while waiting for the greeting of sshd'),
      })
      expect(performance.now() - startedAt).toBeLessThan(2000)
    },
  )
})

test('a server that hangs up at once', async () => {
  const hangUp: Parameters<typeof createServer>[1] = (socket) => void socket.end()
  await withServer(hangUp, async (port) => {
    await expect(connect({ port })).rejects.toMatchObject({
      code: 'closed-early',
      hint: expect.stringContaining('MaxStartups'),
    })
  })
})

test('a server that hangs up on a first connection and serves the next', async () => {
  let connections = 0
  const hangUpOnce: Parameters<typeof createServer>[1] = (socket) => {
    connections += 1
    if (connections === 1) return void socket.resetAndDestroy()
    if (connections === 2) return void socket.end()
    const far = connectSocket({ port: sshd.port, host: '127.0.0.1' })
    far.on('error', () => {})
    socket.on('error', () => {}).on('close', () => far.destroy())
    socket.pipe(far).pipe(socket)
  }
  await withServer(hangUpOnce, async (port) => {
    const connection = await connect({ port, hostKeyAlias: `[127.0.0.1]:${sshd.port}` })
    connection.close()
    expect(connections).toBe(3)
  })
})

test('a server that speaks something else', async () => {
  const speak: Parameters<typeof createServer>[1] = (socket) => {
    socket.on('error', () => {})
    socket.end('SSH-1.0-ancient\r\n')
  }
  await withServer(speak, async (port) => {
    await expect(connect({ port })).rejects.toMatchObject({ code: 'not-ssh' })
  })
})

test('a configuration that limits the algorithms, or leaves none', async () => {
  const sshConfigFile = sshd.write('limited', 'KexAlgorithms sntrup761x25519-sha512\n')
  await expect(connect({ sshConfigFile })).rejects.toMatchObject({
    code: 'no-common-algorithm',
    detail: expect.stringMatching(/no kex algorithm .*; kexalgorithms sntrup761x25519-sha512 .* limits .*limited:1/),
  })
  const some = sshd.write('some', 'KexAlgorithms curve25519-*\nMACs -hmac-sha1\n')
  const connection = await connect({ sshConfigFile: some })
  connection.close()
})

test('a server with no algorithm in common', async () => {
  const restricted = await startSshd(['Ciphers aes128-cbc'])
  try {
    const sshConfigFile = restricted.write('ciphers', 'Ciphers +aes128-cbc\n')
    const connecting = hermeticTransport(restricted.folder).connect(restricted.target({ sshConfigFile }))
    await expect(connecting).rejects.toMatchObject({
      code: 'no-common-algorithm',
      detail: expect.stringMatching(/cipher.*; ciphers \+aes128-cbc in ssh_config is not supported \(.*ciphers:1\)$/),
    })
  } finally {
    restricted.stop()
  }
})

test('the user interrupts', async () => {
  await withServer(
    () => {},
    async (port) => {
      const abort = new AbortController()
      const connecting = connect({ port }, abort.signal)
      setTimeout(() => abort.abort(), 50)
      await expect(connecting).rejects.toMatchObject({ family: 'interrupted', host: 'web1' })
    },
  )
  await expect(connect({}, AbortSignal.abort())).rejects.toMatchObject({ family: 'interrupted' })
})

test('what ssh_config says and is not followed is told with the host it is for, once', async () => {
  const notices: [string, string | undefined][] = []
  const sshConfigFile = sshd.write('bind', 'Host 127.*\n  BindAddress 127.0.0.2\n  Ciphers aes128-ctr\n')
  const transport = hermeticTransport(sshd.folder, { notice: (...told) => notices.push([told[0], told[1]]) })
  for (let count = 0; count < 2; count++) (await transport.connect(sshd.target({ sshConfigFile }))).close()
  expect(notices).toEqual([[`bindaddress 127.0.0.2 in ssh_config is not supported (${sshConfigFile}:2)`, 'web1']])
})

test('an ssh_config with a token that is none', async () => {
  const sshConfigFile = sshd.write('token', 'Host 127.*\n  UserKnownHostsFile ~/%x\n')
  const { knownHostsFile: _, ...settings } = sshd.target({ sshConfigFile }).settings
  const connecting = hermeticTransport(sshd.folder).connect({ ...sshd.target(), settings })
  await expect(connecting).rejects.toMatchObject({
    code: 'ssh-config-invalid',
    detail: `%x is no token that can stand here (${sshConfigFile}:2)`,
  })
})

test('Match exec that takes too long', async () => {
  const sshConfigFile = sshd.write('slow-exec', 'Match exec "sleep 60"\n  Port 1\n')
  await expect(connect({ sshConfigFile, connectTimeoutMs: 300 })).rejects.toMatchObject({
    code: 'ssh-config-invalid',
    detail: 'Match exec gave no answer within 300 ms: sleep 60',
  })
})

test('an ssh_config that cannot be read', async () => {
  const sshConfigFile = sshd.write('broken', 'Port many\n')
  await expect(connect({ sshConfigFile })).rejects.toMatchObject({
    code: 'ssh-config-invalid',
    detail: `port is no port: many (${sshConfigFile}:1)`,
  })
  await expect(connect({ sshConfigFile: join(sshd.folder, 'none') })).rejects.toMatchObject({
    code: 'ssh-config-invalid',
    detail: expect.stringContaining('is not there'),
  })
})

test('a connection that is cut loses its channels at once', async () => {
  const relay = await startRelay(sshd.port)
  try {
    const knownHostsFile = sshd.write('relayed', `[127.0.0.1]:${relay.port} ${sshd.hostKeys.ed25519}\n`)
    const connection = await connect({ port: relay.port, knownHostsFile })
    const heard = record()
    const channel = await connection.open('printf started; sleep 60', heard)
    await expect.poll(() => heard.text()).toBe('started')
    relay.cut()
    expect(await heard.ended).toMatchObject({
      kind: 'lost',
      error: { family: 'unreachable', code: 'connection-lost', host: 'web1' },
    })
    expect(heard.ends).toHaveLength(1)
    await expect(channel.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'connection-lost' })
    await expect(connection.open('true', record())).rejects.toMatchObject({ code: 'connection-lost' })
  } finally {
    relay.stop()
  }
})

test('a peer that falls silent is lost after three probes, with what waits to be written', async () => {
  const relay = await startRelay(sshd.port)
  try {
    const knownHostsFile = sshd.write('frozen', `[127.0.0.1]:${relay.port} ${sshd.hostKeys.ed25519}\n`)
    const connection = await connect({ port: relay.port, knownHostsFile, keepaliveIntervalMs: 100 })
    const heard = record()
    const channel = await connection.open('cat', heard)
    // An idle connection that answers its probes lives on.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(heard.ends).toEqual([])
    relay.freeze()
    const frozenAt = performance.now()
    const writing = Promise.all(Array.from({ length: 16 }, () => channel.write(Buffer.alloc(1 << 20))))
    const opening = connection.open('true', record())
    await expect(writing).rejects.toMatchObject({ code: 'connection-lost' })
    await expect(opening).rejects.toMatchObject({ code: 'connection-lost' })
    expect(await heard.ended).toMatchObject({
      kind: 'lost',
      error: { code: 'connection-lost', detail: expect.stringContaining('no sign of life') },
    })
    expect(performance.now() - frozenAt).toBeLessThan(3000)
    expect(heard.ends).toHaveLength(1)
  } finally {
    relay.stop()
  }
})

test('a session killed on the host is no success', async () => {
  const connection = await connect({})
  const heard = record()
  await connection.open('kill -KILL $PPID; sleep 5', heard)
  const end = await heard.ended
  expect(end.kind).not.toBe('exit')
  connection.close()
})

async function withServer(
  onConnection: Parameters<typeof createServer>[1],
  test: (port: number) => Promise<void>,
): Promise<void> {
  const server: Server = createServer({}, onConnection)
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  try {
    await test(typeof address === 'object' && address ? address.port : 0)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}
