/** The local transport keeps the promises of the contract. */

import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { FoobarDeployError } from '../../src/errors.ts'
import { createLocalTransport } from '../../src/transport/local.ts'
import { record } from './recording.ts'

const target = { name: 'here', address: 'local', settings: {} }
const connect = () => createLocalTransport().connect(target)

test('a command has its outputs apart and its status, and closed comes once, last', async () => {
  const connection = await connect()
  const heard = record()
  await connection.open('printf out; printf err >&2; exit 3', heard)
  expect(await heard.ended).toEqual({ kind: 'exit', status: 3 })
  expect(heard.text()).toBe('out')
  expect(Buffer.concat(heard.err).toString()).toBe('err')
  expect(heard.order.at(-1)).toBe('closed')
  expect(heard.ends).toHaveLength(1)
  expect(connection.traffic()).toEqual({ sent: 0, received: 6 })
})

test('a signal is not a status', async () => {
  const heard = record()
  await (await connect()).open('kill -TERM $$', heard)
  expect(await heard.ended).toEqual({ kind: 'signal', signal: 'SIGTERM' })
})

test('20 MB go through and come back unharmed, with writes that wait', async () => {
  const connection = await connect()
  const heard = record()
  const channel = await connection.open('cat', heard)
  const chunk = randomBytes(1 << 20)
  for (let count = 0; count < 20; count++) await channel.write(chunk)
  channel.end()
  expect(await heard.ended).toEqual({ kind: 'exit', status: 0 })
  const expected = createHash('sha256')
  for (let count = 0; count < 20; count++) expected.update(chunk)
  const actual = createHash('sha256')
  for (const part of heard.out) actual.update(part)
  expect(actual.digest('hex')).toBe(expected.digest('hex'))
  expect(connection.traffic()).toEqual({ sent: 20 << 20, received: 20 << 20 })
})

test('a write waits while nobody reads, and fails when the process ends', async () => {
  const heard = record()
  const channel = await (await connect()).open('sleep 0.2', heard)
  await expect(channel.write(Buffer.alloc(4 << 20))).rejects.toMatchObject({ code: 'channel-closed', host: 'here' })
  await heard.ended
  await expect(channel.write(Buffer.from('more'))).rejects.toBeInstanceOf(FoobarDeployError)
})

test('closing the connection loses its channels and ends their processes', async () => {
  const connection = await connect()
  const heard = record()
  await connection.open('echo $$; sleep 60', heard)
  await expect.poll(() => heard.text()).toMatch(/\d+\n/)
  const pid = Number(heard.text())
  connection.close()
  expect(await heard.ended).toMatchObject({ kind: 'lost', error: { code: 'connection-lost', host: 'here' } })
  await expect.poll(() => isAlive(pid)).toBe(false)
  expect(heard.ends).toHaveLength(1)
  await expect(connection.open('true', record())).rejects.toMatchObject({ code: 'connection-lost' })
})

test('an aborted signal is an interruption', async () => {
  const connecting = createLocalTransport().connect(target, AbortSignal.abort())
  await expect(connecting).rejects.toMatchObject({ family: 'interrupted', code: 'connect-interrupted', host: 'here' })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
