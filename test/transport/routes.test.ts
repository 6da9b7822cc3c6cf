/** The ways to a host beside TCP: Unix sockets and proxy commands. */

import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Target } from '../../src/transport/transport.ts'
import { proveRoute } from './prove-route.ts'
import { hermeticTransport, type Sshd, startSshd } from './sshd.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let sshd: Sshd

beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd?.stop())

const relayProgram = `
const [host, port] = process.argv.slice(1)
const socket = require('node:net').connect({ host, port: Number(port) })
process.stdin.pipe(socket).pipe(process.stdout)
`

const prove = (target: Target) => proveRoute(target, hermeticTransport(sshd.folder))

test('a Unix socket that leads to sshd; the key is that of the address', async () => {
  const socketPath = join(sshd.folder, 'sshd.socket')
  const server = createServer((near) => {
    near.pipe(connect(sshd.port, '127.0.0.1')).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  try {
    await prove(sshd.target({ socketPath }))
    const elsewhere = { ...sshd.target({ socketPath }), address: '192.0.2.1' }
    await expect(prove(elsewhere)).rejects.toMatchObject({ code: 'unknown-host-key' })
  } finally {
    server.close()
  }
})

test('a proxy command gets host and port, and what it says on stderr harms nothing', async () => {
  const program = sshd.write('relay.cjs', relayProgram)
  await prove(sshd.target({ proxyCommand: `echo noise >&2; ${process.execPath} -e "$(cat ${program})" %h %p` }))
})

test('a proxy command of ssh_config', async () => {
  const program = sshd.write('relay2.cjs', relayProgram)
  const command = `${process.execPath} -e "$(cat ${program})" %h %p`
  const sshConfigFile = sshd.write('proxy_config', `Host 127.0.0.1\n  ProxyCommand ${command}\n`)
  await prove(sshd.target({ sshConfigFile }))
})

test('Match exec decides by a command, with the name of the host in the inventory', async () => {
  const sshConfigFile = sshd.write(
    'exec_config',
    `Match exec "false"\n  Port 1\nMatch originalhost web1 exec "test %p = 22"\n  Port ${sshd.port}\n`,
  )
  const { port: _, ...settings } = sshd.target({ sshConfigFile }).settings
  await prove({ ...sshd.target(), settings })
})

test('the command of Match exec is interrupted', async () => {
  const sshConfigFile = sshd.write('endless_config', 'Match exec "sleep 60"\n  Port 1\n')
  const controller = new AbortController()
  const connecting = hermeticTransport(sshd.folder).connect(sshd.target({ sshConfigFile }), controller.signal)
  setTimeout(() => controller.abort(), 50)
  await expect(connecting).rejects.toMatchObject({ family: 'interrupted' })
})

test('a proxy command that fails is told with what it said', async () => {
  await expect(prove(sshd.target({ proxyCommand: 'echo no way >&2; exit 7' }))).rejects.toMatchObject({
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
  await prove(sshd.target({ proxyCommand }))
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await expect.poll(() => isAlive(pid)).toBe(false)
})

test('a host that is no plain word cannot stand in a proxy command', async () => {
  const target = { ...sshd.target({ proxyCommand: 'true %h' }), address: '$(touch /tmp/x)' }
  await expect(prove(target)).rejects.toMatchObject({ code: 'proxy-failed' })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
