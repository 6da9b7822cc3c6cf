/** Channels over a real sshd: what goes in comes out, and every end is told as what it was. */

import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Connection } from '../../src/transport/transport.ts'
import { record } from './recording.ts'
import { hermeticTransport, type Sshd, startSshd } from './sshd.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let sshd: Sshd
let connection: Connection

beforeAll(async () => {
  sshd = await startSshd(['MaxSessions 3'])
  connection = await hermeticTransport(sshd.folder).connect(sshd.target())
})
afterAll(() => {
  connection?.close()
  sshd?.stop()
})

test('a command has its outputs apart and its status, and closed comes once, last', async () => {
  const heard = record()
  await connection.open('printf out; printf err >&2; exit 3', heard)
  expect(await heard.ended).toEqual({ kind: 'exit', status: 3 })
  expect(heard.text()).toBe('out')
  expect(Buffer.concat(heard.err).toString()).toBe('err')
  expect(heard.order.at(-1)).toBe('closed')
  expect(heard.ends).toHaveLength(1)
})

test('there is no terminal, and the input ends when it is ended', async () => {
  const heard = record()
  const channel = await connection.open('test -t 0 || printf none; cat', heard)
  await channel.write(Buffer.from([0, 255, 10, 13, 4, 3]))
  channel.end()
  expect(await heard.ended).toEqual({ kind: 'exit', status: 0 })
  expect(Buffer.concat(heard.out)).toEqual(Buffer.concat([Buffer.from('none'), Buffer.from([0, 255, 10, 13, 4, 3])]))
})

test('a signal is not a status', async () => {
  const heard = record()
  await connection.open('kill -TERM $$', heard)
  expect(await heard.ended).toEqual({ kind: 'signal', signal: 'SIGTERM' })
})

test('a megabyte on stderr does not get ahead of closed', async () => {
  const heard = record()
  await connection.open('head -c 1000000 /dev/zero >&2', heard)
  expect(await heard.ended).toEqual({ kind: 'exit', status: 0 })
  expect(Buffer.concat(heard.err)).toHaveLength(1_000_000)
  expect(heard.order.at(-1)).toBe('closed')
})

test('20 MB each way arrive unharmed, and traffic counts what the network carried', async () => {
  const before = connection.traffic()
  const chunk = randomBytes(1 << 20)
  const heard = record()
  const channel = await connection.open('cat', heard)
  for (let count = 0; count < 20; count++) await channel.write(chunk)
  channel.end()
  expect(await heard.ended).toEqual({ kind: 'exit', status: 0 })
  expect(digest(heard.out)).toBe(digest(Array(20).fill(chunk)))
  const after = connection.traffic()
  for (const bytes of [after.sent - before.sent, after.received - before.received]) {
    expect(bytes).toBeGreaterThan(20 << 20)
    expect(bytes).toBeLessThan(21 << 20)
  }
})

test('a write waits while the remote process does not read, so memory stays bounded', async () => {
  const heard = record()
  const channel = await connection.open('sleep 1; wc -c', heard)
  const chunk = Buffer.alloc(1 << 20)
  const sentBefore = connection.traffic().sent
  let written = 0
  const writing = (async () => {
    for (let count = 0; count < 16; count++) {
      await channel.write(chunk)
      written++
    }
    channel.end()
  })()
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(written).toBeLessThan(8)
  expect(connection.traffic().sent - sentBefore).toBeLessThan(4 << 20)
  await writing
  expect(await heard.ended).toEqual({ kind: 'exit', status: 0 })
  expect(heard.text().trim()).toBe(String(16 << 20))
})

test('a write to a process that has ended fails', async () => {
  const heard = record()
  const channel = await connection.open('true', heard)
  await heard.ended
  await expect(channel.write(Buffer.from('more'))).rejects.toMatchObject({ code: 'channel-closed', host: 'web1' })
})

test('one session more than MaxSessions is refused with a hint', async () => {
  // A connection of its own: sshd counts a session for a while after its end.
  const own = await hermeticTransport(sshd.folder).connect(sshd.target())
  const held = [record(), record(), record()]
  const channels = await Promise.all(held.map((heard) => own.open('cat', heard)))
  await expect(own.open('true', record())).rejects.toMatchObject({
    family: 'unreachable',
    code: 'channel-refused',
    host: 'web1',
    hint: expect.stringContaining('MaxSessions'),
  })
  for (const channel of channels) channel.end()
  await Promise.all(held.map((heard) => heard.ended))
  const heard = record()
  await expect.poll(() => own.open('exit 0', heard).then(() => 'open')).toBe('open')
  expect(await heard.ended).toEqual({ kind: 'exit', status: 0 })
  own.close()
})

test('closing the connection loses its channels', async () => {
  const own = await hermeticTransport(sshd.folder).connect(sshd.target())
  const heard = record()
  const channel = await own.open('cat', heard)
  own.close()
  expect(await heard.ended).toMatchObject({ kind: 'lost', error: { code: 'connection-lost', host: 'web1' } })
  await expect(channel.write(Buffer.from('x'))).rejects.toMatchObject({ code: 'connection-lost' })
  await expect(own.open('true', record())).rejects.toMatchObject({ code: 'connection-lost' })
  expect(heard.ends).toHaveLength(1)
})

function digest(chunks: readonly Buffer[]): string {
  const hash = createHash('sha256')
  for (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}
