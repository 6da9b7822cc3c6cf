/** The application in process, on a database that is not there: pages, API, readiness, and how it stops. */

import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeEndpoint } from '../../app/src/endpoint.ts'
import { type HttpServer, makeHttpServer } from '../../app/src/http-server.ts'
import { makeLog } from '../../app/src/log.ts'
import { makeNotes } from '../../app/src/notes.ts'
import { makeReadiness } from '../../app/src/readiness.ts'
import { loss, StandInPool } from './stand-in-pool.ts'

interface Row {
  readonly id: number
  readonly text: string
  readonly server: string
  readonly created_at: Date
}

let rows: { primary: Row[]; replica: Row[] }
let pools: { read: StandInPool; write: StandInPool }
let lines: string[]
let readinessReason: string | undefined
let checks: number
let server: HttpServer
let base: string
let stopped: Promise<void> | undefined

beforeEach(async () => {
  rows = { primary: [], replica: [] }
  lines = []
  readinessReason = undefined
  checks = 0
  stopped = undefined
  const select = (from: 'primary' | 'replica') => (_sql: string, values: readonly unknown[]) =>
    rows[from].toReversed().slice(0, values[0] as number)
  pools = {
    read: new StandInPool(select('replica')),
    write: new StandInPool((sql, values) => {
      if (sql.startsWith('SELECT')) return select('primary')(sql, values)
      const [text, by, created_at] = values as [string, string, Date]
      rows.primary.push({ id: rows.primary.length + 1, text, server: by, created_at })
      return { insertId: rows.primary.length }
    }),
  }
  const timing = { timeoutMs: 1000, patienceMs: 0, refusedPatienceMs: 0 }
  const database = { read: makeEndpoint(pools.read, timing), write: makeEndpoint(pools.write, timing) }
  server = makeHttpServer(
    {
      server: { serverName: 'web1', release: '0123456789abcdef' },
      notes: makeNotes(database, 'web1', () => new Date(0)),
      readiness: makeReadiness(
        async () => {
          checks += 1
          return readinessReason
        },
        () => {},
      ),
      files: new Map([['style.css', { type: 'text/css', body: Buffer.from('a{}') }]]),
    },
    makeLog((line) => lines.push(line), {}),
  )
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  base = `http://127.0.0.1:${port}`
})

afterEach(() => stopped ?? server.stop({ drainMs: 0, stopMs: 100 }))

const post = (path: string, type: string, body: string) =>
  fetch(`${base}${path}`, { method: 'POST', headers: { 'Content-Type': type }, body, redirect: 'manual' })
const postJson = (body: unknown) => post('/api/notes', 'application/json', JSON.stringify(body))

describe('the API', () => {
  it('writes to the one endpoint and reads from the other', async () => {
    const added = await postJson({ text: ' <b>milk</b> ' })
    expect(added.status).toBe(201)
    const note = { id: 1, text: '<b>milk</b>', server: 'web1', createdAt: '1970-01-01T00:00:00.000Z' }
    expect(await added.json()).toEqual({ note })
    const lagging = await fetch(`${base}/api/notes`)
    expect(lagging.headers.get('x-read-from')).toBe('read')
    expect(await lagging.json()).toEqual({ notes: [] })
  })

  it('shows what was written to who says after which note, replica or not', async () => {
    const { headers } = await postJson({ text: 'milk' })
    const own = await fetch(`${base}${headers.get('location')}`)
    expect(own.headers.get('x-read-from')).toBe('write')
    expect(await own.json()).toMatchObject({ notes: [{ text: 'milk' }] })
    rows.replica = [...rows.primary]
    const caughtUp = await fetch(`${base}${headers.get('location')}`)
    expect(caughtUp.headers.get('x-read-from')).toBe('read')
    expect(await caughtUp.json()).toMatchObject({ notes: [{ text: 'milk' }] })
  })

  it.each<[string, () => Promise<Response>, number, string]>([
    ['no text', () => postJson({}), 400, 'text is missing'],
    ['too long a text', () => postJson({ text: 'x'.repeat(501) }), 400, 'text is longer than 500 characters'],
    ['no JSON', () => post('/api/notes', 'application/json', '{'), 400, 'the body is not JSON'],
    ['null', () => postJson(null), 400, 'text is missing'],
    ['a large body', () => postJson({ text: 'x'.repeat(20_000) }), 413, 'the body is larger than 16384 bytes'],
    [
      'another type',
      () => post('/api/notes', 'text/plain', 'x'),
      415,
      'the body must be application/json or application/x-www-form-urlencoded',
    ],
    ['a number that is none', () => fetch(`${base}/api/notes?limit=1;`), 400, 'limit must be a number up to 500'],
    ['another method', () => fetch(`${base}/api/notes`, { method: 'DELETE' }), 405, 'DELETE is not known here'],
    ['another path', () => fetch(`${base}/etc`), 404, 'there is nothing here'],
    ['another file', () => fetch(`${base}/static/../main.js`), 404, 'there is nothing here'],
  ])('refuses %s', async (_what, ask, status, error) => {
    const answer = await ask()
    expect(answer.status).toBe(status)
    expect(await answer.json()).toEqual({ error })
  })

  it('says where it is not known whether a note was added', async () => {
    pools.write.answering = () => loss('ECONNRESET')
    const answer = await postJson({ text: 'milk' })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toEqual({
      error: 'the database did not answer: whether the note was added is not known',
    })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', message: 'request failed', cause: 'ECONNRESET' })
  })
})

describe('the page', () => {
  it('has the form, the notes escaped, the server and the release', async () => {
    const added = await post('/', 'application/x-www-form-urlencoded', 'text=%3Cb%3Emilk+%26+more')
    expect(added.status).toBe(303)
    const answer = await fetch(`${base}${added.headers.get('location')}`)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    const text = await answer.text()
    expect(text).toContain('<p>&#60;b&#62;milk &#38; more</p>')
    expect(text).toContain('answered by <strong>web1</strong>')
    expect(text).toContain('<code>0123456789abcdef</code> · notes from the write endpoint')
    expect(text).toContain('<form method="post" action="/">')
  })

  it('says so where the notes cannot be had', async () => {
    pools.read.connecting = () => loss('ECONNREFUSED')
    const answer = await fetch(base)
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('The notes cannot be reached right now.')
  })

  it('has its files beside it', async () => {
    const answer = await fetch(`${base}/static/style.css`)
    expect(answer.headers.get('cache-control')).toBe('public, max-age=3600')
    expect(await answer.text()).toBe('a{}')
  })
})

describe('the log', () => {
  it('has a line for each request with its id, and nothing of what was written', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Request-Id': 'from-nginx.1', 'X-Real-IP': '192.0.2.7' }
    const body = JSON.stringify({ text: 'canary' })
    const answer = await fetch(`${base}/api/notes?x=canary`, { method: 'POST', headers, body })
    expect(answer.headers.get('x-request-id')).toBe('from-nginx.1')
    const entry = { requestId: 'from-nginx.1', method: 'POST', path: '/api/notes', status: 201, client: '192.0.2.7' }
    expect(JSON.parse(lines.join(''))).toMatchObject(entry)
    expect(lines.join('')).not.toContain('canary')
  })

  it('takes no id that would break it, and leaves out what is asked every second', async () => {
    const answer = await fetch(`${base}/healthz`, { headers: { 'X-Request-Id': 'a b' } })
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(lines).toEqual([])
  })
})

describe('readiness', () => {
  it('is what the database says, asked once for many', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(`${base}/readyz`)))
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(checks).toBe(1)
    expect((await fetch(`${base}/healthz`)).status).toBe(200)
  })

  it('is remembered for a while, and then asked again', async () => {
    let nowMs = 0
    let asked = 0
    const check = async () => {
      asked += 1
      return asked === 1 ? 'database: ECONNREFUSED' : undefined
    }
    const told: (string | undefined)[] = []
    const readiness = makeReadiness(check, (reason) => told.push(reason), { now: () => nowMs })
    expect(await readiness.state()).toEqual({ isReady: false, reason: 'database: ECONNREFUSED' })
    nowMs = 999
    expect(await readiness.state()).toMatchObject({ isReady: false })
    nowMs = 1000
    expect(await readiness.state()).toEqual({ isReady: true })
    nowMs = 2000
    await readiness.state()
    expect(asked).toBe(3)
    expect(told).toEqual(['database: ECONNREFUSED', undefined])
  })

  it('tells why not', async () => {
    readinessReason = 'the tables are not there yet'
    const answer = await fetch(`${base}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ status: 'not ready', reason: 'the tables are not there yet' })
  })
})

describe('stopping', () => {
  const ask = async (path: string, agent: Agent) => {
    const [answer] = (await once(get(`${base}${path}`, { agent }), 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    return answer
  }

  it('is told first, then no connection is taken, and what is under way ends well', async () => {
    let finish: (rows: Row[]) => void = () => {}
    pools.read.answering = () => new Promise((resolve) => (finish = resolve))
    const agent = new Agent({ keepAlive: true })
    const underWay = ask('/api/notes', agent)
    await expect.poll(() => pools.read.statements.length).toBe(1)

    stopped = server.stop({ drainMs: 200, stopMs: 5000 })
    const draining = await ask('/readyz', agent)
    expect(draining.statusCode).toBe(503)
    expect(draining.headers.connection).toBe('close')
    await delay(300)
    await expect(fetch(`${base}/healthz`)).rejects.toThrow()
    finish([])
    const answer = await underWay
    expect(answer.statusCode).toBe(200)
    expect(answer.headers.connection).toBe('close')
    await stopped
  })

  it('does not wait without end', async () => {
    pools.read.answering = () => new Promise(() => {})
    const cut = ask('/api/notes', new Agent()).catch((error: NodeJS.ErrnoException) => error.code)
    await expect.poll(() => pools.read.statements.length).toBe(1)
    stopped = server.stop({ drainMs: 0, stopMs: 100 })
    await stopped
    expect(await cut).toBe('ECONNRESET')
    expect(lines.join('')).toContain('requests were cut off')
  })
})
