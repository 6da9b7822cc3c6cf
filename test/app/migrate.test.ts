/** The tables are made once, whoever starts first, and nothing is written where they are there. */

import { expect, it } from 'vitest'
import { makeEndpoint } from '../../app/src/endpoint.ts'
import { migrate, wantedVersion } from '../../app/src/migrate.ts'
import { type Answering, refusal, StandInPool } from './stand-in-pool.ts'

const migrating = (answering: Answering) => {
  const pool = new StandInPool(answering)
  return { pool, done: migrate(makeEndpoint(pool, { timeoutMs: 1000, patienceMs: 0, refusedPatienceMs: 0 })) }
}

/** A server that keeps the version and refuses writes where it is read-only. */
function server({ isReadOnly = false, isLockHeld = false } = {}): Answering {
  let version: number | undefined
  return (sql, values) => {
    if (sql.startsWith('SELECT MAX')) return version === undefined ? refusal('ER_NO_SUCH_TABLE') : [{ version }]
    if (sql.startsWith('SELECT GET_LOCK')) return [{ isHeld: isLockHeld ? 0 : 1 }]
    if (sql.startsWith('SELECT')) return []
    if (isReadOnly) return refusal('ER_OPTION_PREVENTS_STATEMENT')
    if (sql.startsWith('CREATE TABLE IF NOT EXISTS schema')) version ??= 0
    if (sql.startsWith('INSERT')) version = values[0] as number
    return {}
  }
}

it('makes them, and finds them made', async () => {
  const answering = server()
  const first = migrating(answering)
  expect(await first.done).toBe(wantedVersion)
  expect(first.pool.statements).toContain('CREATE TABLE IF NOT EXISTS notes (')
  const second = migrating(answering)
  expect(await second.done).toBe(0)
  expect(second.pool.statements).toEqual(['SELECT MAX(version) AS version FROM schema_migrations'])
})

it('leaves newer tables as they are', async () => {
  const { pool, done } = migrating(() => [{ version: wantedVersion + 1 }])
  expect(await done).toBe(0)
  expect(pool.statements).toHaveLength(1)
})

it('leaves them to the instance that is at it', async () => {
  const { pool, done } = migrating(server({ isLockHeld: true }))
  await expect(done).rejects.toThrow('another instance is at work on the tables')
  expect(pool.statements.filter((sql) => sql.startsWith('CREATE'))).toEqual([])
})

it('says so where the server may not be written to, and gives the lock back', async () => {
  const { pool, done } = migrating(server({ isReadOnly: true }))
  await expect(done).rejects.toMatchObject({ code: 'ER_OPTION_PREVENTS_STATEMENT' })
  expect(pool.statements.at(-1)).toBe('SELECT RELEASE_LOCK(?)')
})
