/** An sshd that accepts no more connections for now: MaxStartups, PerSourcePenalties. */

import { connect as connectSocket, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { ConnectionSettings } from '../../src/model/host.ts'
import { hermeticTransport, type Sshd, startSshd } from './sshd.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let sshd: Sshd

beforeAll(async () => {
  sshd = await startSshd()
})
afterAll(() => sshd?.stop())

const connect = (settings: Partial<ConnectionSettings>, notices: string[] = [], signal?: AbortSignal) =>
  hermeticTransport(sshd.folder, { notice: (text, host) => void notices.push(`${host}: ${text}`) }).connect(
    sshd.target({ hostKeyAlias: `[127.0.0.1]:${sshd.port}`, ...settings }),
    signal,
  )

/** A server that answers `refusal` the first `times` times, and leads to sshd afterwards. */
async function refusing(refusal: string, times: number) {
  const seen: Socket[] = []
  const server = createServer((socket) => {
    seen.push(socket)
    socket.on('error', () => {})
    if (seen.length <= times) return void socket.end(`${refusal}\r\n`)
    const far = connectSocket({ port: sshd.port, host: '127.0.0.1' })
    far.on('error', () => {})
    socket.on('close', () => far.destroy())
    socket.pipe(far).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as { port: number }).port, seen }
}

test.each(['Not allowed at this time', 'Exceeded MaxStartups'])(
  '%j is tried again with pauses, and that is told once',
  async (refusal) => {
    const { port, seen } = await refusing(refusal, 3)
    const notices: string[] = []
    const connection = await connect({ port, connectTimeoutMs: 30_000 }, notices)
    connection.close()
    expect(seen).toHaveLength(4)
    expect(notices).toEqual([
      `web1: ${sshd.user}@127.0.0.1:${port}: its sshd answers "${refusal}". Trying again for up to 30 s.`,
    ])
  },
)

test('one that stays closed is an error within the time for connecting', async () => {
  const { port, seen } = await refusing('Not allowed at this time', Number.POSITIVE_INFINITY)
  await expect(connect({ port, connectTimeoutMs: 3000 })).rejects.toMatchObject({
    family: 'unreachable',
    code: 'connections-limited',
    host: 'web1',
    detail: expect.stringMatching(/its sshd answers "Not allowed at this time", \d+ times in a row$/),
    hint: expect.stringMatching(/MaxStartups.*PerSourcePenalties.*--forks.*connectTimeoutMs/),
  })
  expect(seen.length).toBeGreaterThan(1)
  expect(seen.length).toBeLessThan(10)
})

test('an interruption ends the pause', async () => {
  const { port } = await refusing('Not allowed at this time', Number.POSITIVE_INFINITY)
  const abort = new AbortController()
  const notices: string[] = []
  const connecting = connect({ port, connectTimeoutMs: 3_600_000 }, notices, abort.signal)
  const failed = expect(connecting).rejects.toMatchObject({ family: 'interrupted', host: 'web1' })
  await expect.poll(() => notices.length).toBe(1)
  abort.abort()
  await failed
})

test('a real sshd with MaxStartups 1 lets us in when the other login is done', async () => {
  const busy = await startSshd(['MaxStartups 1'])
  onTestFinished(() => busy.stop())
  const other = connectSocket({ port: busy.port, host: '127.0.0.1' })
  other.on('error', () => {})
  await new Promise((resolve) => other.once('data', resolve))
  const notices: string[] = []
  const transport = hermeticTransport(busy.folder, {
    notice: (text) => {
      notices.push(text)
      other.destroy()
    },
  })
  const connection = await transport.connect(busy.target({ connectTimeoutMs: 30_000 }))
  connection.close()
  expect(notices).toEqual([expect.stringMatching(/its sshd answers "(Not allowed at this time|Exceeded MaxStartups)"/)])
})
