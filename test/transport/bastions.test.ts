/** Bastions: hosts behind a sshd that forwards and allows no sessions of its own. */

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ConnectionSettings } from '../../src/model/host.ts'
import { proveRoute } from './prove-route.ts'
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
  const transport = hermeticTransport(sshd.folder)
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
