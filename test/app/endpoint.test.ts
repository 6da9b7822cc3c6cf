/** Statements while the database is switched over: what is sent again, what is not, and which connections are kept. */

import { describe, expect, it } from 'vitest'
import { DatabaseAway, makeEndpoint } from '../../app/src/endpoint.ts'
import { loss, refusal, StandInPool } from './stand-in-pool.ts'

const timing = { timeoutMs: 1000, patienceMs: 1500, refusedPatienceMs: 400 }
const firstThen = (first: unknown, then: unknown) => {
  let asked = 0
  return () => (asked++ === 0 ? first : then)
}

describe('a read', () => {
  it.each([
    ['the connection is lost', loss('PROTOCOL_CONNECTION_LOST')],
    ['the answer does not come in time', loss('PROTOCOL_SEQUENCE_TIMEOUT')],
    ['the server goes down', refusal('ER_SERVER_SHUTDOWN')],
  ])('is sent again on another connection when %s', async (_when, error) => {
    const pool = new StandInPool(firstThen(error, [1]))
    expect(await makeEndpoint(pool, timing).read('SELECT 1')).toEqual([1])
    expect(pool.ends).toEqual(['destroyed', 'released'])
  })

  it('waits for a database that comes back', async () => {
    const pool = new StandInPool(() => [1])
    pool.connecting = firstThen(loss('ECONNREFUSED'), undefined) as () => Error | undefined
    expect(await makeEndpoint(pool, timing).read('SELECT 1')).toEqual([1])
  })

  it('gives up after a while, and says so', async () => {
    const pool = new StandInPool()
    pool.connecting = () => loss('ECONNREFUSED')
    const failed = makeEndpoint(pool, { ...timing, patienceMs: 250 }).read('SELECT 1')
    await expect(failed).rejects.toMatchObject({ isUnknown: false, cause: { code: 'ECONNREFUSED' } })
    await expect(failed).rejects.toBeInstanceOf(DatabaseAway)
  })

  it('does not wait long where nobody listens: another host may have an endpoint', async () => {
    const pool = new StandInPool()
    let asked = 0
    pool.connecting = () => {
      asked += 1
      return loss('ECONNREFUSED')
    }
    const failed = makeEndpoint(pool, { ...timing, patienceMs: 600_000, refusedPatienceMs: 250 }).read('SELECT 1')
    await expect(failed).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
    expect(asked).toBeGreaterThan(1)
  })

  it('does not wait without end for a connection', async () => {
    const pool = new StandInPool()
    pool.connecting = () => 'hang'
    const failed = makeEndpoint(pool, { ...timing, timeoutMs: 50, patienceMs: 0 }).read('SELECT 1')
    await expect(failed).rejects.toMatchObject({ cause: { message: 'no connection in time' } })
  })

  it('that is wrong is told at once, on a connection that stays', async () => {
    const pool = new StandInPool(() => refusal('ER_PARSE_ERROR'))
    await expect(makeEndpoint(pool, timing).read('SELEC')).rejects.toMatchObject({ code: 'ER_PARSE_ERROR' })
    expect(pool.statements).toHaveLength(1)
    expect(pool.ends).toEqual(['released'])
  })
})

describe('a write', () => {
  it('goes to the new primary where the old one has become read-only', async () => {
    const pool = new StandInPool(firstThen(refusal('ER_OPTION_PREVENTS_STATEMENT'), { insertId: 7 }))
    expect(await makeEndpoint(pool, timing).write('INSERT')).toEqual({ insertId: 7 })
    expect(pool.ends).toEqual(['destroyed', 'released'])
  })

  it.each([
    loss('PROTOCOL_CONNECTION_LOST'),
    loss('PROTOCOL_SEQUENCE_TIMEOUT'),
    loss('ECONNRESET'),
    refusal('ER_CONNECTION_KILLED'),
  ])('of which nobody knows what became of it is not sent again: %s', async (error) => {
    const { code } = error as Error & { code: string }
    const pool = new StandInPool(() => error)
    const failed = makeEndpoint(pool, timing).write('INSERT')
    await expect(failed).rejects.toMatchObject({ isUnknown: true, cause: { code } })
    expect(pool.statements).toHaveLength(1)
    expect(pool.ends).toEqual(['destroyed'])
  })
})
