/** What operations must do on a pair of real servers: writes that were acknowledged stay, and never are two writable. */

import { describe, expect, it } from 'vitest'
import type { RunRequest } from '../../../src/engine/run-request.ts'
import type { mysqlPair } from './pair.ts'

type Pair = ReturnType<typeof mysqlPair>
type HostName = 'web1' | 'web2'

// Writes to whichever server is writable, and keeps what was acknowledged, with the time in milliseconds.
const writer = (client: string, password: string) => `#!/bin/sh
i=$1
while [ ! -e /tmp/stop-writing ]; do
  for host in 198.51.100.11 198.51.100.12; do
    MYSQL_PWD=${password} timeout 2 ${client} --no-defaults --connect-timeout=1 -h $host -u app $2 -e "INSERT INTO notes.note VALUES ($i)" 2>/dev/null &&
      echo "$i $(date +%s%3N)" >>/tmp/acknowledged && i=$((i+1)) && break
  done
done
`

/** The tests, in an order in which each finds the pair whole. */
export function describeOperations(pair: Pair): void {
  const { apply, onHost, query, until } = pair
  const operate = (name: string, args: Record<string, unknown>, word?: string, more: Partial<RunRequest> = {}) =>
    apply(
      {},
      { operation: { role: 'mysql', name, args }, ...more },
      { confirmWord: async (asked) => asked.word === word },
    )
  const ids = async (host: HostName) => (await query(host, 'SELECT id FROM notes.note ORDER BY id')).split('\n').join()
  const isWritable = async (host: HostName) => /^(0|OFF)$/.test(await query(host, 'SELECT @@global.read_only'))
  const other = (host: HostName): HostName => (host === 'web1' ? 'web2' : 'web1')
  const sourceOf = (host: HostName) =>
    onHost(host, `${pair.client} -E -e 'SHOW REPLICA STATUS' | sed -n 's/.*\\(Source\\|Master\\)_Host: //p'`)
  const address = { web1: '198.51.100.11', web2: '198.51.100.12' } as const
  const isPair = async (primary: HostName) => {
    expect(
      await until(async () => `${await isWritable(primary)} ${await isWritable(other(primary))}`, 'true false'),
    ).toBe('true false')
    expect(await sourceOf(other(primary))).toBe(address[primary])
    expect(await until(() => ids(other(primary)), await ids(primary))).toBe(await ids(primary))
  }

  let next = 1000
  const startWriting = async () => {
    await onHost(
      'web1',
      `rm -f /tmp/stop-writing /tmp/acknowledged; cat >/tmp/writer <<'END'
${writer(pair.client, 'canary-app-22')}
END
nohup sh /tmp/writer ${next} '${pair.tls.with}' >/dev/null 2>&1 &`,
    )
    await until(() => onHost('web1', 'grep -c . /tmp/acknowledged'), /^\d{2,}$/)
    next += 100_000
  }
  /** Ends the writing: how many writes were acknowledged, which of them are missing, and the longest pause in milliseconds. */
  const stopWriting = async (primary: HostName) => {
    const before = Number(await onHost('web1', 'grep -c . /tmp/acknowledged'))
    await until(
      () => onHost('web1', 'grep -c . /tmp/acknowledged').then((count) => String(Number(count) > before + 5)),
      'true',
    )
    const lines = (await onHost('web1', 'touch /tmp/stop-writing; sleep 3; cat /tmp/acknowledged')).split('\n')
    const acknowledged = lines.map((line) => line.split(' ').map(Number) as [id: number, at: number])
    const present = new Set((await ids(primary)).split(',').map(Number))
    const pauses = acknowledged.map(([, at], index) => at - (acknowledged[index - 1]?.[1] ?? at))
    return {
      acknowledged: acknowledged.length,
      missing: acknowledged.filter(([id]) => !present.has(id)).map(([id]) => id),
      longestPauseMs: Math.max(...pauses),
    }
  }

  it('is a pair', async () => {
    const { result } = await apply()
    expect([result.recap.web1?.error, result.recap.web2?.error]).toEqual([undefined, undefined])
    await query('web1', 'CREATE TABLE notes.note (id INT PRIMARY KEY)')
    await query('web1', 'INSERT INTO notes.note VALUES (1)')
    await isPair('web1')
  })

  describe('a switchover', () => {
    it('is planned without changing anything', async () => {
      const { result } = await operate('switchover', { to: 'web2' }, undefined, { mode: 'plan' })
      expect(result).toMatchObject({ exitCode: 0, changed: true })
      expect(result.recap.web1?.statuses).toMatchObject({ failed: 0, unknown: 1 })
      await isPair('web1')
    })

    it('loses nothing that was acknowledged, there and back', async () => {
      const pauses: number[] = []
      for (const to of ['web2', 'web1'] as const) {
        await startWriting()
        const { result } = await operate('switchover', { to })
        expect([result.exitCode, result.recap[to]?.error]).toEqual([0, undefined])
        const { acknowledged, missing, longestPauseMs } = await stopWriting(to)
        expect([acknowledged > 10, missing]).toEqual([true, []])
        pauses.push(longestPauseMs)
        await isPair(to)
      }
      console.log(`pauses in writes: ${pauses.join(', ')} ms`)
      expect(Math.max(...pauses)).toBeLessThan(15_000)
    })

    it('is what the next apply goes on with, whatever the inventory says', async () => {
      await operate('switchover', { to: 'web2' })
      const { result } = await apply()
      expect(Object.values(result.recap).map(({ error, statuses }) => [error, statuses.changed])).toEqual([
        [undefined, 0],
        [undefined, 0],
      ])
      await isPair('web2')
    })

    it('to the primary changes nothing', async () => {
      const { result } = await operate('switchover', { to: 'web2' })
      expect([result.exitCode, result.changed]).toEqual([0, false])
    })

    it('goes on where it ended after the primary was closed', async () => {
      await query('web2', `SET GLOBAL ${pair.readOnly} = ON`)
      const { result } = await operate('switchover', { to: 'web1' })
      expect(result.exitCode).toBe(0)
      await isPair('web1')
    })

    it('gives the old primary back where the new one cannot be opened', async () => {
      await onHost(
        'web2',
        'mv /usr/local/sbin/mysql-promote /root/; printf "#!/bin/sh\\necho no luck >&2; exit 3\\n" >/usr/local/sbin/mysql-promote; chmod 755 /usr/local/sbin/mysql-promote',
      )
      const { result } = await operate('switchover', { to: 'web2' })
      expect(result.exitCode).toBe(2)
      expect(JSON.stringify(Object.values(result.recap).map(({ error }) => error?.message))).toContain(
        'web2 did not become the primary',
      )
      await onHost('web2', 'mv /root/mysql-promote /usr/local/sbin/mysql-promote')
      await isPair('web1')
    })
  })

  describe('a failover', () => {
    it('is refused while the primary works', async () => {
      await expect(operate('failover', {})).rejects.toMatchObject({ code: 'mysql-primary-alive', exitCode: 3 })
    })

    it('needs the word that the old primary is off, and then loses nothing that was acknowledged', async () => {
      const acknowledged: number[] = []
      for (let id = 100; id < 120; id++) {
        await query('web1', `INSERT INTO notes.note VALUES (${id})`)
        acknowledged.push(id)
      }
      await pair.powerOff('web1')
      await expect(operate('failover', {}, 'yes')).rejects.toMatchObject({ code: 'not-confirmed' })
      expect(await isWritable('web2')).toBe(false)
      const { result } = await operate('failover', {}, 'web1-is-off')
      expect(result.exitCode).toBe(0)
      expect(await isWritable('web2')).toBe(true)
      const present = new Set((await ids('web2')).split(',').map(Number))
      expect(acknowledged.filter((id) => !present.has(id))).toEqual([])
    })

    it('can be made again, and then has nothing to do', async () => {
      const { result } = await operate('failover', { to: 'web2' })
      expect(result).toMatchObject({ exitCode: 0, changed: false })
    })
  })

  describe('the old primary', () => {
    it('comes back read-only, and an apply makes it a replica', async () => {
      await query('web2', 'INSERT INTO notes.note VALUES (200)')
      await pair.boot('web1')
      expect(await until(() => isWritable('web1').then(String), 'false')).toBe('false')
      const { result } = await apply()
      expect(result.recap.web1?.error).toBeUndefined()
      await isPair('web2')
    })

    it('with transactions of its own is refused, and rejoins after they were saved', async () => {
      await query(
        'web1',
        `STOP REPLICA; SET GLOBAL read_only = OFF; SET GLOBAL ${pair.readOnly} = OFF; INSERT INTO notes.note VALUES (666)`,
      )
      await query('web1', `SET GLOBAL ${pair.readOnly} = ON; START REPLICA`)
      expect((await apply()).result.recap.web1?.error).toMatchObject({ code: 'mysql-errant-transactions' })
      await expect(operate('rejoin', { host: 'web1' }, 'no')).rejects.toMatchObject({ code: 'not-confirmed' })
      const { result } = await operate('rejoin', { host: 'web1' }, 'web1')
      expect([result.exitCode, result.recap.web1?.error]).toEqual([0, undefined])
      await isPair('web2')
      expect(await ids('web1')).not.toContain('666')
      expect(
        await onHost('web1', 'grep -l 666 /var/backups/mysql-*/all.sql /var/backups/mysql-*/only-here.txt | wc -l'),
      ).toBe('2')
      expect(await onHost('web1', 'stat -c %a /var/backups/mysql-*')).toBe('700')
    })

    it('that lacks nothing is left as it is by a rejoin', async () => {
      const uuid = await onHost('web1', 'ls -d /var/backups/mysql-* | wc -l')
      const { result } = await operate('rejoin', { host: 'web1' }, 'web1')
      expect(result.exitCode).toBe(0)
      expect(await onHost('web1', 'ls -d /var/backups/mysql-* | wc -l')).toBe(uuid)
      await isPair('web2')
    })
  })
}
