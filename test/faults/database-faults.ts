/** `make faults FAULTS_SUITE=database`: a pair of databases loses its primary under writers, again and again, in other ways. */

import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { mysqlPair } from '../roles/mysql/pair.ts'
import { stackPackages } from '../roles/stack-packages.ts'
import { randomFrom } from './random.ts'

const seed = Number(process.env.FAULTS_SEED ?? 1)
const writers = 4
const pair = mysqlPair('faults-mysql', stackPackages, 'sid')
const { apply, onHost, query, until } = pair
type HostName = 'web1' | 'web2'
const other = (host: HostName): HostName => (host === 'web1' ? 'web2' : 'web1')
const rows: string[][] = []

// What was acknowledged to a writer, over all scenarios; each must be on every server in the end.
const acknowledged = new Set<number>()
let next = 1
let primary: HostName = 'web1'

afterAll(() => {
  const text = rows.map((row) => row.map((cell, index) => (index === 0 ? cell.padEnd(60) : cell.padStart(14))).join(''))
  process.stdout.write(`\nfaults: seed ${seed}\n${text.join('\n')}\n`)
})

/** Writes to the primary from several clients, until it is gone or `stop` is called; each row counts once acknowledged. */
function startWriters(): { stop(): Promise<number> } {
  const before = acknowledged.size
  const running = Array.from({ length: writers }, async () => {
    const first = next
    next += 100_000
    // The client prints the number only after the row was committed.
    const { stdout } = await pair.script(
      primary,
      `i=${first}; rm -f /run/stop-writing
while [ ! -e /run/stop-writing ]; do echo "INSERT INTO notes.ack VALUES ($i); SELECT $i;"; i=$((i+1)); sleep 0.005; done | ${pair.client} -NB --unbuffered 2>/dev/null`,
    )
    for (const id of stdout.split('\n')) if (/^\d+$/.test(id)) acknowledged.add(Number(id))
  })
  return {
    async stop() {
      await Promise.race([onHost(primary, 'touch /run/stop-writing'), delay(5000)])
      await Promise.all(running)
      return acknowledged.size - before
    },
  }
}

async function missingOn(host: HostName): Promise<number[]> {
  const present = new Set((await query(host, 'SELECT id FROM notes.ack')).split('\n').map(Number))
  return [...acknowledged].filter((id) => !present.has(id))
}

/** Both servers hold every acknowledged row and have executed the same transactions, and a run finds nothing to change. */
async function expectWhole(name: string): Promise<void> {
  const replica = other(primary)
  expect(await missingOn(primary)).toEqual([])
  expect(await missingOn(replica)).toEqual([])
  const executed = await query(primary, pair.executed.source)
  expect(await until(() => query(replica, pair.executed.replica), executed)).toBe(executed)
  const again = await apply({ primary })
  expect([again.result.recap.web1?.error, again.result.recap.web2?.error]).toEqual([undefined, undefined])
  expect(again.result.changed).toBe(false)
  rows.push([name, `${acknowledged.size} rows`, '0 missing'])
}

async function applied(): Promise<void> {
  const { result } = await apply({ primary })
  expect([result.recap.web1?.error, result.recap.web2?.error]).toEqual([undefined, undefined])
}

/** Promotes the replica as docs/stack.md describes it. */
async function promote(): Promise<void> {
  const { result } = await pair.operate('failover', {}, `${primary}-is-off`)
  expect(result.exitCode).toBe(0)
  primary = other(primary)
}

async function busyApplier(): Promise<void> {
  const big = 'UPDATE notes.big SET v = v + 1'
  void pair.script(primary, `${pair.client} -e '${big}'`)
  await delay(500)
}

describe('a pair of databases', () => {
  it('is there, with a large table', async () => {
    await applied()
    await query(primary, 'CREATE TABLE notes.ack (id INT PRIMARY KEY)')
    await query(primary, 'CREATE TABLE notes.big (id INT AUTO_INCREMENT PRIMARY KEY, v INT)')
    await query(primary, 'INSERT INTO notes.big (v) VALUES (1)')
    for (let doubled = 0; doubled < 17; doubled++)
      await query(primary, 'INSERT INTO notes.big (v) SELECT v FROM notes.big')
    await expectWhole('installed')
  })

  it('attaches a replica that is thousands of rows behind only when it has them all', async () => {
    const replica = other(primary)
    await query(replica, 'STOP REPLICA SQL_THREAD')
    const writing = startWriters()
    await delay(10_000)
    await writing.stop()
    const { result } = await apply({ primary })
    expect(result.recap[replica]?.error).toBeUndefined()
    expect(await missingOn(replica)).toEqual([])
    await expectWhole('replica thousands of rows behind')
  })

  it.each([1, 2, 3])(
    'loses nothing acknowledged when the primary loses power and the replica is busy (%i)',
    async (round) => {
      const random = randomFrom(seed, `promotion ${round}`)
      const writing = startWriters()
      await delay(1000 + random.below(1000))
      await busyApplier()
      await delay(random.below(3000))
      const old = primary
      await pair.powerOff(old)
      await writing.stop()
      await promote()
      expect(await missingOn(primary)).toEqual([])
      const more = startWriters()
      await pair.boot(old)
      await delay(2000)
      await more.stop()
      const { result } = await apply({ primary })
      const refused = result.recap[old]?.error
      if (refused) {
        // It committed what it never sent. The operation `rejoin` is the way back.
        expect(refused.detail).toMatch(/does not know/)
        await pair.operate('rejoin', { host: old }, old)
        await applied()
      }
      await expectWhole(`promotion ${round}, old primary ${refused ? 'refused, emptied, attached' : 'attached'}`)
    },
  )

  it('takes back an old primary that was refused, by a rejoin', async () => {
    const old = primary
    await pair.powerOff(other(old))
    await query(old, 'INSERT INTO notes.ack VALUES (-1)')
    await pair.powerOff(old)
    await pair.boot(other(old))
    await until(() => query(other(old), 'SELECT 1'), '1', 60_000)
    await promote()
    await pair.boot(old)
    const { result } = await apply({ primary })
    expect(result.recap[old]?.error?.detail).toMatch(/does not know/)
    await pair.operate('rejoin', { host: old }, old)
    await applied()
    await expectWhole('refused old primary comes back')
  })

  it('gives every row to a server that is rebuilt under its old address', async () => {
    const rebuilt = other(primary)
    await onHost(rebuilt, pair.rebuild)
    const writing = startWriters()
    await applied()
    await writing.stop()
    await expectWhole('replica rebuilt under its old address, under writers')
  })

  it('gives every row to a fresh host in place of a lost primary', async () => {
    const lost = primary
    const writing = startWriters()
    await delay(1500)
    await pair.powerOff(lost)
    await writing.stop()
    await promote()
    await pair.boot(lost)
    await onHost(lost, pair.rebuild)
    await applied()
    await expectWhole('fresh host in place of a lost primary')
  })
})
