/** What the health daemon says of a database server: real perl, and a stand-in for the server on a socket. */

import { describe, expect, it } from 'vitest'
import { type Answer, type Row, standInServer } from './stand-in-server.ts'
import { refusingPort, startProgram, temporaryFolder } from './stand-ins.ts'

const closed: Row = { closed: '2', gtid: 'a:1-9,\nb:1', uuid: 'a' }
const open: Row = { ...closed, closed: '0' }
const following: Row = {
  Source_Host: '192.0.2.11',
  Source_Port: '3306',
  Replica_IO_Running: 'Yes',
  Replica_SQL_Running: 'Yes',
  Seconds_Behind_Source: '0',
  Last_SQL_Error: '',
  Last_IO_Error: '',
}
const isReplication = (statement: string) => statement.startsWith('SHOW')
const saying = (own: Row, replication: Answer) => (statement: string) =>
  isReplication(statement) ? replication : [own]

/** A server and the daemon in front of it. */
async function daemonFor(
  answerTo: (statement: string) => Answer,
  { version = '9.7.4-2', sourceLostSeconds = 300 } = {},
) {
  const folder = temporaryFolder()
  const server = await standInServer(folder, version, answerTo)
  const port = await refusingPort()
  const args = {
    address: '127.0.0.1',
    port,
    socket: server.path,
    user: 'mysql-health',
    'max-lag-seconds': 10,
    'source-lost-seconds': sourceLostSeconds,
    'timeout-seconds': 1,
  }
  const words = Object.entries(args).map(([name, value]) => `--${name}=${value}`)
  const { text } = startProgram('mysql-health', words, '/usr/bin:/bin')
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return `${response.status} ${(await response.text()).trim()}`
  }
  await expect.poll(() => ask('/nonsense').catch((error: Error) => error.message)).toMatch(/^404/)
  const status = async () => JSON.parse((await ask('/status')).slice(4)) as Record<string, unknown>
  return { server, ask, status, journal: text }
}

describe('a server', () => {
  it('that is writable takes writes and is not read from', async () => {
    const { ask, status } = await daemonFor(saying(open, []))
    expect(await ask('/write')).toBe('200 primary, writable')
    expect(await ask('/read')).toBe('503 primary, writable')
    expect(await status()).toEqual({
      flavor: 'mysql',
      version: '9.7.4-2',
      serverUuid: 'a',
      role: 'primary',
      isWritable: true,
      source: null,
      ioRunning: null,
      sqlRunning: null,
      lagSeconds: null,
      gtidExecuted: 'a:1-9,b:1',
      lastError: null,
    })
  })

  it('that follows another is read from and takes no writes', async () => {
    const { ask, status } = await daemonFor(saying(closed, [following]))
    expect(await ask('/read')).toBe('200 replica, read-only, lag 0 s')
    expect(await ask('/write')).toBe('503 replica, read-only, lag 0 s')
    expect(await status()).toMatchObject({
      role: 'replica',
      source: '192.0.2.11:3306',
      ioRunning: true,
      sqlRunning: true,
    })
  })

  it('that is read-only and follows none is neither', async () => {
    const { ask } = await daemonFor(saying(closed, []))
    expect(await ask('/read')).toBe('503 unknown, read-only')
    expect(await ask('/write')).toBe('503 unknown, read-only')
  })

  it('of MariaDB is asked for the last transaction of each server', async () => {
    const { server, status } = await daemonFor(saying({ closed: '1', gtid: '0-1-30,0-2-50,0-2-50', uuid: '1' }, []), {
      version: '5.5.5-11.8.6-MariaDB',
    })
    expect(await status()).toMatchObject({
      flavor: 'mariadb',
      version: '11.8.6-MariaDB',
      gtidExecuted: '0-1-30,0-2-50',
    })
    expect(server.statements[0]).toContain('@@global.gtid_binlog_state')
    expect(server.statements[0]).toContain('@@global.gtid_slave_pos')
  })

  it.each([
    ['0', true],
    ['OFF', true],
    ['1', false],
    ['ON', false],
    ['NO_LOCK', false],
  ])('that says %s for read_only: writable is %s', async (read_only, isWritable) => {
    const { status } = await daemonFor(saying({ ...open, closed: read_only }, []), { version: '12.1.2-MariaDB' })
    expect(await status()).toMatchObject({ isWritable, role: isWritable ? 'primary' : 'unknown' })
  })
})

describe('a replica', () => {
  it.each<[string, Row, number]>([
    ['10 s behind', { Seconds_Behind_Source: '10' }, 200],
    ['11 s behind', { Seconds_Behind_Source: '11' }, 503],
    ['whose lag is unknown', { Seconds_Behind_Source: null }, 503],
    ['that applies nothing', { Replica_SQL_Running: 'No', Seconds_Behind_Source: null }, 503],
    [
      'that never was near its source, and lost it',
      { Replica_IO_Running: 'Connecting', Seconds_Behind_Source: null },
      503,
    ],
  ])('%s', async (_what, differing, code) => {
    const { ask } = await daemonFor(saying(closed, [{ ...following, ...differing }]))
    expect(await ask('/read')).toMatch(new RegExp(`^${code} replica, read-only`))
  })

  it('that was far behind when it lost its source is not read from', async () => {
    const { ask, server } = await daemonFor(saying(closed, [{ ...following, Seconds_Behind_Source: '11' }]))
    await ask('/read')
    server.answerTo = saying(closed, [{ ...following, Replica_IO_Running: 'Connecting', Seconds_Behind_Source: null }])
    expect(await ask('/read')).toBe('503 replica, read-only')
  })

  it('is read from for a while after it lost its source', async () => {
    const { ask, server } = await daemonFor(saying(closed, [following]), { sourceLostSeconds: 2 })
    expect(await ask('/read')).toMatch(/^200/)
    server.answerTo = saying(closed, [{ ...following, Replica_IO_Running: 'Connecting', Seconds_Behind_Source: null }])
    expect(await ask('/read')).toBe('200 replica, read-only')
    await expect.poll(() => ask('/read')).toMatch(/^503/)
  })
})

describe('while STOP REPLICA waits, and nobody can see how the server replicates', () => {
  const hidden = saying(closed, 'nothing')

  it('a replica that was near is read from, and what it has executed is told', async () => {
    const { ask, status, server } = await daemonFor(saying(closed, [following]))
    expect(await ask('/read')).toMatch(/^200/)
    server.answerTo = hidden
    for (let times = 0; times < 5; times++) expect(await ask('/read')).toBe('200 replica, read-only')
    expect(await ask('/write')).toBe('503 replica, read-only')
    expect(await status()).toMatchObject({
      role: 'replica',
      isWritable: false,
      ioRunning: null,
      lagSeconds: null,
      gtidExecuted: 'a:1-9,b:1',
      lastError: expect.stringContaining('STOP REPLICA'),
    })
    // However many ask, the server has one connection that waits.
    expect([server.connections, server.statements.filter(isReplication).length]).toEqual([2, 2])
    server.answerTo = saying(closed, [following])
    server.release()
    await expect.poll(() => ask('/read')).toBe('200 replica, read-only, lag 0 s')
  })

  it('it is read from for a bounded time', async () => {
    const { ask, server } = await daemonFor(saying(closed, [following]), { sourceLostSeconds: 2 })
    expect(await ask('/read')).toMatch(/^200/)
    server.answerTo = hidden
    expect(await ask('/read')).toMatch(/^200/)
    await expect.poll(() => ask('/read')).toMatch(/^503/)
  })

  it('one that applied nothing before is not', async () => {
    const { ask, server } = await daemonFor(saying(closed, [following]))
    await ask('/read')
    server.answerTo = saying(closed, [{ ...following, Replica_SQL_Running: 'No' }])
    await ask('/read')
    server.answerTo = hidden
    expect(await ask('/read')).toBe('503 replica, read-only')
  })

  it('one of which nothing is known is not', async () => {
    const { ask } = await daemonFor(hidden)
    expect(await ask('/read')).toBe('503 unknown, read-only')
  })

  it('a primary takes writes', async () => {
    const { ask } = await daemonFor(saying(open, 'nothing'))
    expect(await ask('/write')).toBe('200 primary, writable')
  })
})

describe('a server that cannot be asked', () => {
  it('is unknown if it says nothing in time, though it was good before', async () => {
    const { ask, server } = await daemonFor(saying(closed, [following]))
    expect(await ask('/read')).toMatch(/^200/)
    server.answerTo = () => 'nothing'
    expect(await ask('/read')).toBe('503 unknown: it does not answer in time')
    expect(await ask('/status')).toMatch(/^503 .*"role":"unknown","isWritable":false/)
    server.answerTo = saying(closed, [following])
    expect(await ask('/read')).toMatch(/^200/)
  })

  it.each<[string, (statement: string) => Answer, string]>([
    ['closes the connection', () => 'hang up', 'it closed the connection'],
    ['hides how it replicates', saying(closed, { error: 'Access denied' }), 'Access denied'],
    ['refuses to answer', () => ({ error: 'Too many connections' }), 'Too many connections'],
  ])('is unknown if it %s, and why is told', async (_what, answerTo, why) => {
    const { ask, journal } = await daemonFor(answerTo)
    expect(await ask('/read')).toBe(`503 unknown: ${why}`)
    await expect.poll(journal).toContain(`the server cannot be asked: ${why}`)
  })

  it('is unknown while it is down, and asked again when it is back', async () => {
    const { ask, server } = await daemonFor(saying(closed, [following]))
    expect(await ask('/read')).toMatch(/^200/)
    server.stop()
    await expect.poll(() => ask('/read')).toMatch(/^503 unknown: .*mysqld\.sock: No such file or directory$/)
  })

  it('is unknown if the system ends the connection, in the words of the system', async () => {
    const { ask, server } = await daemonFor(saying(closed, [following]))
    server.isDeaf = true
    expect(await ask('/read')).toBe('503 unknown: Connection reset by peer')
  })
})
