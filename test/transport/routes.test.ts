/** The ways to a host: Unix sockets, proxy commands, bastions. */

import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ConnectionSettings } from '../../src/model/host.ts'
import { createSshTransport } from '../../src/transport/ssh.ts'
import type { Target } from '../../src/transport/transport.ts'
import { record } from './recording.ts'
import { startRelay } from './relay.ts'
import { freePort, hermeticTransport, type Sshd, startSshd } from './sshd.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let bastion: Sshd
let sshd: Sshd

beforeAll(async () => {
  ;[sshd, bastion] = await Promise.all([startSshd(), startSshd(['MaxSessions 0'])])
})
afterAll(() => {
  bastion?.stop()
  sshd?.stop()
})

const relayProgram = `
const [host, port] = process.argv.slice(1)
const socket = require('node:net').connect({ host, port: Number(port) })
process.stdin.pipe(socket).pipe(process.stdout)
`

/** Connects, runs a command with 3 MB through it, and closes. */
async function proveRoute(target: Target, transport = hermeticTransport(sshd.folder)): Promise<void> {
  const connection = await transport.connect(target)
  try {
    const heard = record()
    const channel = await connection.open('cat; exit 3', heard)
    for (let count = 0; count < 3; count++) await channel.write(Buffer.alloc(1 << 20, count))
    channel.end()
    expect(await heard.ended).toEqual({ kind: 'exit', status: 3 })
    expect(Buffer.concat(heard.out)).toHaveLength(3 << 20)
    expect(connection.traffic().sent).toBeGreaterThan(3 << 20)
    expect(connection.traffic().received).toBeGreaterThan(3 << 20)
  } finally {
    connection.close()
  }
}

test('a Unix socket that leads to sshd; the key is that of the address', async () => {
  const socketPath = join(sshd.folder, 'sshd.socket')
  const server = createServer((near) => {
    near.pipe(connect(sshd.port, '127.0.0.1')).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  try {
    await proveRoute(sshd.target({ socketPath }))
    const elsewhere = { ...sshd.target({ socketPath }), address: '192.0.2.1' }
    await expect(proveRoute(elsewhere)).rejects.toMatchObject({ code: 'unknown-host-key' })
  } finally {
    server.close()
  }
})

test('a proxy command gets host and port, and what it says on stderr harms nothing', async () => {
  const program = sshd.write('relay.cjs', relayProgram)
  await proveRoute(sshd.target({ proxyCommand: `echo noise >&2; ${process.execPath} -e "$(cat ${program})" %h %p` }))
})

test('a proxy command of ssh_config', async () => {
  const program = sshd.write('relay2.cjs', relayProgram)
  const command = `${process.execPath} -e "$(cat ${program})" %h %p`
  const sshConfigFile = sshd.write('proxy_config', `Host 127.0.0.1\n  ProxyCommand ${command}\n`)
  await proveRoute(sshd.target({ sshConfigFile }))
})

test('a proxy command that fails is told with what it said', async () => {
  await expect(proveRoute(sshd.target({ proxyCommand: 'echo no way >&2; exit 7' }))).rejects.toMatchObject({
    family: 'unreachable',
    code: 'proxy-failed',
    host: 'web1',
    detail: 'echo no way >&2; exit 7 ended with status 7: no way',
  })
})

test('closing the connection ends the proxy command', async () => {
  const program = sshd.write('relay3.cjs', relayProgram)
  const pidFile = join(sshd.folder, 'proxy.pid')
  const proxyCommand = `echo $$ > ${pidFile}; exec ${process.execPath} -e "$(cat ${program})" %h %p`
  await proveRoute(sshd.target({ proxyCommand }))
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('a host that is no plain word cannot stand in a proxy command', async () => {
  const target = { ...sshd.target({ proxyCommand: 'true %h' }), address: '$(touch /tmp/x)' }
  await expect(proveRoute(target)).rejects.toMatchObject({ code: 'proxy-failed' })
})

/** A user whose ssh_config knows the bastion, and one known_hosts for both. */
function jumpTransport(extra = '', host: Partial<ConnectionSettings> = {}) {
  const knownHosts = sshd.write(
    'jump_known_hosts',
    [
      `[127.0.0.1]:${sshd.port} ${sshd.hostKeys.ed25519}`,
      `[127.0.0.1]:${bastion.port} ${bastion.hostKeys.ed25519}`,
      `[::1]:${bastion.port} ${bastion.hostKeys.ed25519}`,
    ].join('\n'),
  )
  const configFile = sshd.write(
    `jump_config_${Math.random()}`,
    [
      `UserKnownHostsFile ${knownHosts}`,
      'Host gate',
      '  HostName 127.0.0.1',
      `  Port ${bastion.port}`,
      `  IdentityFile ${bastion.key}`,
      extra,
    ].join('\n'),
  )
  const { settings, ...target } = sshd.target()
  const { port, user } = settings as Required<ConnectionSettings>
  return {
    transport: hermeticTransport(sshd.folder, { configFile }),
    target: { ...target, settings: { port, user, ...host } },
  }
}

test('a bastion with its own settings in ssh_config', async () => {
  const { transport, target } = jumpTransport('', { identityFile: [sshd.key, bastion.key], proxyJump: 'gate' })
  await proveRoute(target, transport)
})

test('ProxyJump of ssh_config for all hosts does not lead in a circle', async () => {
  const own = `Host 127.0.0.1\n IdentityFile ${sshd.key}\nHost *\n ProxyJump gate\n`
  const { transport, target } = jumpTransport(own)
  await proveRoute(target, transport)
})

test('two bastions, the second through the first', async () => {
  const { transport, target } = jumpTransport('', {
    identityFile: [sshd.key, bastion.key],
    proxyJump: `gate,${bastion.user}@127.0.0.1:${bastion.port}`,
  })
  await proveRoute(target, transport)
})

test('bastions that need each other are told', async () => {
  const circle = `Host a\n ProxyJump b\nHost b\n ProxyJump a\n`
  const { transport, target } = jumpTransport(circle, { proxyJump: 'a' })
  await expect(transport.connect(target)).rejects.toMatchObject({
    code: 'proxy-failed',
    detail: expect.stringContaining('circle'),
  })
})

test('a bastion that cannot reach the host', async () => {
  const port = await freePort()
  const { transport, target } = jumpTransport('', { proxyJump: 'gate', port })
  await expect(transport.connect(target)).rejects.toMatchObject({
    code: 'proxy-failed',
    host: 'web1',
    detail: expect.stringContaining(`127.0.0.1:${port}`),
  })
})

test('the host key of the bastion is checked too', async () => {
  const transport = createSshTransport({
    prompt: () => Promise.reject(new Error('asked')),
    environment: { home: sshd.folder, user: sshd.user },
  })
  const target = sshd.target({ proxyJump: `127.0.0.1:${bastion.port}` })
  await expect(transport.connect(target)).rejects.toMatchObject({
    code: 'unknown-host-key',
    detail: expect.stringContaining(`127.0.0.1:${bastion.port}`),
  })
})

test.each(['cut', 'freeze'] as const)('a bastion that is lost takes the host with it (%s)', async (how) => {
  const relay = await startRelay(bastion.port)
  try {
    const { transport, target } = jumpTransport('', {
      identityFile: [sshd.key, bastion.key],
      proxyJump: `127.0.0.1:${relay.port}`,
      hostKeyChecking: 'no',
      keepaliveIntervalMs: 100,
    })
    const connection = await transport.connect(target)
    const heard = record()
    await connection.open('printf ready; sleep 60', heard)
    await expect.poll(() => heard.text()).toBe('ready')
    relay[how]()
    expect(await heard.ended).toMatchObject({ kind: 'lost', error: { code: 'connection-lost', host: 'web1' } })
    expect(heard.ends).toHaveLength(1)
  } finally {
    relay.stop()
  }
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
