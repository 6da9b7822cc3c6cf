/** What a pair of database servers must do whichever the server is: made from bare, looked at, changed, crashed, booted. */

import { describe, expect, it } from 'vitest'
import { changesOf, type mysqlPair, passwords } from './pair.ts'

type Pair = ReturnType<typeof mysqlPair>

const writable = '200 primary, writable'
const readable = '200 replica, read-only, lag 0 s'

/** The tests, in an order in which each finds the pair whole. */
export function describePair(pair: Pair): void {
  const { apply, onHost, query, health, mainPid, until } = pair
  // What the pair is left with by the change that restarts it, so that it is not restarted again.
  const changed = pair.wantsRestart
  const note = (id: number, host: 'web1' | 'web2' = 'web1') => query(host, `INSERT INTO notes.note VALUES (${id})`)
  const notes = (host: 'web1' | 'web2') => query(host, 'SELECT GROUP_CONCAT(id ORDER BY id) FROM notes.note')
  const isWhole = async () => {
    expect(await until(() => health('web1', '/write'), writable)).toBe(writable)
    expect(await until(() => health('web2', '/read'), readable)).toBe(readable)
  }

  describe('from bare hosts', () => {
    it('is a pair, one host after the other, whose rows go over TLS, and no password shows', async () => {
      const watch = "nohup sh -c 'while [ ! -e /tmp/done ]; do ps -eo args; sleep 0.05; done' >/tmp/processes 2>&1 &"
      await Promise.all([onHost('web1', watch), onHost('web2', watch)])
      const { result, events } = await apply()
      expect([result.recap.web1?.error, result.recap.web2?.error]).toEqual([undefined, undefined])
      await query('web1', 'CREATE TABLE notes.note (id INT PRIMARY KEY)')
      await note(1)
      expect(await until(() => notes('web2'), '1')).toBe('1')
      const stopped = 'touch /tmp/done; grep -c mysql-settings /tmp/processes'
      const secrets = `(cat /tmp/processes; journalctl --no-pager; cat /var/log/mysql/*) 2>/dev/null | grep -cE '${Object.values(passwords).join('|')}'`
      for (const host of ['web1', 'web2'] as const) {
        expect(Number(await onHost(host, stopped))).toBeGreaterThan(0)
        expect(await onHost(host, secrets)).toBe('0')
      }
      const told = JSON.stringify(events)
      expect(Object.values(passwords).filter((password) => told.includes(password))).toEqual([])
      expect(await query('web2', 'SELECT @@global.read_only')).toBe('1')
      // Who comes as this user comes encrypted, and the one who is come to has shown its certificate.
      expect(await query('web1', "SELECT DISTINCT ssl_type FROM mysql.user WHERE User = 'replication'")).toBe('ANY')
      const verified = `${pair.client} -E -e 'SHOW REPLICA STATUS' | grep -c 'SSL_Verify_Server_Cert: Yes'`
      expect(await onHost('web2', verified)).toBe('1')
      const acknowledging =
        "SHOW GLOBAL STATUS WHERE Variable_name RLIKE 'semi_sync_(source|master)_clients' AND Value = 1"
      expect(await query('web1', acknowledging)).not.toBe('')
    })

    it('is found as it is by a second run, in two round trips a host', async () => {
      const { result } = await apply()
      expect(result.recap.web1).toMatchObject({ roundTrips: 2, statuses: { changed: 0, failed: 0 } })
      expect(result.recap.web2).toMatchObject({ roundTrips: 2, statuses: { changed: 0, failed: 0 } })
    })
  })

  describe('accounts', () => {
    it('may come from the hosts of the inventory alone, and encrypted', async () => {
      const accounts = `SELECT CONCAT(User, '@', Host) FROM mysql.user WHERE User IN ('app', 'replication') ORDER BY 1`
      const both = ['198.51.100.11', '198.51.100.12']
      const expected = [
        ...['127.0.0.1', ...both].map((host) => `app@${host}`),
        ...both.map((host) => `replication@${host}`),
      ]
      expect((await query('web2', accounts)).split('\n')).toEqual(expected)
      const login = (tls: string) =>
        onHost(
          'web2',
          `MYSQL_PWD=${passwords.app} ${pair.client} --no-defaults -h 198.51.100.11 -u app ${tls} -NBe 'SELECT 1' 2>&1; :`,
        )
      expect(await login(pair.tls.without)).toMatch(/ERROR/)
      expect(await login(pair.tls.with)).toBe('1')
      expect(await query('web1', 'SELECT @@require_secure_transport')).toBe('1')
    })
  })

  describe('the health daemon', () => {
    it('tells the writable one from the readable one, and how they are', async () => {
      await isWhole()
      expect(await health('web1', '/read')).toBe('503 primary, writable')
      expect(await health('web2', '/write')).toBe('503 replica, read-only, lag 0 s')
      const primary = JSON.parse((await health('web1', '/status')).replace(/^200 /, ''))
      expect(primary).toMatchObject({ role: 'primary', isWritable: true, source: null, lastError: null })
      const replica = JSON.parse((await health('web2', '/status')).replace(/^200 /, ''))
      expect(replica).toMatchObject({
        role: 'replica',
        isWritable: false,
        source: '198.51.100.11:3306',
        ioRunning: true,
      })
      expect(replica).toMatchObject({ sqlRunning: true, lagSeconds: 0, gtidExecuted: primary.gtidExecuted })
    })

    it('says 503 of a server that hangs, or is stopped, and goes on when it is back', async () => {
      const signal = (name: string) => onHost('web2', `kill -${name} $(systemctl show -p MainPID --value ${pair.unit})`)
      await signal('STOP')
      const hung = [await health('web2', '/read'), await health('web2', '/status')]
      await signal('CONT')
      expect(hung[0]).toBe('503 unknown: it does not answer in time')
      expect(hung[1]).toMatch(/^503 .*"role":"unknown","isWritable":false/)
      expect(await until(() => health('web2', '/read'), readable)).toBe(readable)
      await onHost('web2', `systemctl stop ${pair.unit}`)
      expect(await health('web2', '/read')).toMatch(/^503 unknown: /)
      await onHost('web2', `systemctl start ${pair.unit}`)
      expect(await until(() => health('web2', '/read'), readable)).toBe(readable)
    })

    it('lets reads go on while STOP REPLICA waits for a transaction', async () => {
      const release = await pair.holdRow('web2', 'notes.note')
      await query('web1', 'UPDATE notes.note SET id = 100 WHERE id = 1; UPDATE notes.note SET id = 1 WHERE id = 100')
      const stopping = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'STOP REPLICA%'"
      await onHost('web2', `nohup ${pair.client} -e 'STOP REPLICA' >/dev/null 2>&1 &`)
      expect(await until(() => query('web2', stopping), '1')).toBe('1')
      const ask = "curl -s -m 5 -w '%{http_code} ' -o /dev/null http://198.51.100.12:9200/read; sleep 0.3"
      expect(await onHost('web2', `for i in 1 2 3 4 5 6; do ${ask}; done`)).toBe('200 200 200 200 200 200')
      expect(await query('web2', stopping)).toBe('1')
      await release()
      expect(await until(() => query('web2', stopping), '0')).toBe('0')
      await query('web2', 'START REPLICA')
      await isWhole()
    })

    it('takes nonsense, and many at a time, with one process and little memory', async () => {
      const many = await onHost(
        'web1',
        `for i in 1 2 3 4 5; do head -c 9000 /dev/zero | tr '\\0' x | timeout 2 curl -s -o /dev/null telnet://198.51.100.11:9200; done
seq 200 | xargs -P 20 -I{} curl -s -o /dev/null -w '%{http_code}\\n' http://198.51.100.11:9200/write | sort | uniq -c | tr -s ' '
curl -s -o /dev/null -w '%{http_code}\\n' http://198.51.100.11:9200/nonsense
pid=$(systemctl show -p MainPID --value mysql-health); ls /proc/$pid/task | wc -l; awk '/VmRSS/ { print ($2 < 16000) }' /proc/$pid/status`,
      )
      expect(many.split('\n').map((line) => line.trim())).toEqual(['200 200', '404', '1', '1'])
    })
  })

  describe('a change', () => {
    it('of what can be set while the server runs restarts nothing, and touches only that', async () => {
      const before = [await mainPid('web1'), await mainPid('web2')]
      const { events } = await apply({ maxConnections: 321 })
      const changes = { 'mysql configuration': ['zz-foobar-deploy.cnf'], 'wait for mysql replication': ['run'] }
      expect([changesOf(events, 'web1'), changesOf(events, 'web2')]).toEqual([changes, changes])
      expect([await mainPid('web1'), await mainPid('web2')]).toEqual(before)
      expect(await query('web1', 'SELECT @@global.max_connections')).toBe('321')
      expect(await query('web2', 'SELECT @@global.max_connections')).toBe('321')
    })

    it('of something else restarts one after the other, each when replication goes on', async () => {
      const before = [await mainPid('web1'), await mainPid('web2')]
      const { events, result } = await apply(changed)
      expect(result.exitCode).toBe(0)
      expect(await mainPid('web1')).not.toBe(before[0])
      expect(await mainPid('web2')).not.toBe(before[1])
      const told = events.flatMap((event) =>
        event.type === 'task-finished' && event.status === 'changed' ? [`${event.host} ${event.task.title}`] : [],
      )
      expect(told.indexOf('web1 wait for mysql replication')).toBeLessThan(told.indexOf('web2 mysql configuration'))
      await isWhole()
      await note(2)
      expect(await until(() => notes('web2'), '1,2')).toBe('1,2')
    })

    it('that the server refuses is told in its words, and nothing is changed', async () => {
      const look = `sha256sum /etc/mysql/*.conf.d/zz-foobar-deploy.cnf; systemctl show -p MainPID ${pair.unit}`
      const before = await onHost('web1', look)
      const { result, web1 } = await apply({ ...changed, settings: { nonsense: 1 } })
      expect(result.exitCode).toBe(2)
      expect(web1.error?.detail).toMatch(/unknown variable 'nonsense=1'/)
      expect(await onHost('web1', look)).toBe(before)
    })

    it('with which the server does not work is put back, and the server goes on with the old one', async () => {
      const look = 'sha256sum /etc/mysql/*.conf.d/zz-foobar-deploy.cnf'
      const before = await onHost('web1', look)
      const { web1 } = await apply({ ...changed, settings: { ssl_ca: '/nonsense', wait_timeout: 4321 } })
      expect(web1.error?.detail).toMatch(/were put back/)
      expect(await onHost('web1', look)).toBe(before)
      expect(await query('web1', 'SELECT @@global.wait_timeout <> 4321')).toBe('1')
      await isWhole()
    })
  })

  describe('the primary', () => {
    it('is writable again within seconds when its server is killed', async () => {
      await onHost('web1', `kill -9 ${await mainPid('web1')}`)
      expect(await until(() => health('web1', '/write'), writable, 10_000)).toBe(writable)
      await isWhole()
    })

    it('is writable again when it was powered off and boots', async () => {
      await pair.powerOff('web1')
      // Nearly as new as when it lost its source: still good to read from.
      expect(await until(() => health('web2', '/status'), /"ioRunning":false/)).toMatch(/"sqlRunning":true/)
      expect(await health('web2', '/read')).toBe('200 replica, read-only')
      await pair.boot('web1')
      await isWhole()
    })

    it('waits, and says so, while the other one is silent', async () => {
      await pair.powerOff('web2')
      await pair.powerOff('web1')
      await pair.boot('web1')
      const waiting = 'waiting for web2 to say that no other server is writable'
      expect(await until(() => pair.journal('web1'), /waiting for web2/)).toContain(waiting)
      expect(await query('web1', 'SELECT @@global.read_only')).toBe('1')
      // Unless it was said to go on without after a while.
      const unit = '/etc/systemd/system/mysql-writable.service'
      const impatient = await onHost('web1', `sh -c "$(sed -n s/^ExecStart=//p ${unit}) --write-after-seconds=1" 2>&1`)
      expect(impatient).toMatch(/^web2 did not answer for 1 s, and write-after-seconds says to go on without$/m)
      expect(await query('web1', 'SELECT @@global.read_only')).toBe('0')
      await pair.boot('web2')
      await isWhole()
    })

    it('says what to do where a run was interrupted before the other one was complete', async () => {
      await onHost('web2', 'systemctl disable --now mysql-health.service && rm /usr/local/sbin/mysql-health')
      await onHost(
        'web1',
        'rm /var/lib/mysql-writable/met-web2 && systemctl restart "$(systemctl list-units --plain --no-legend "mysql.service" "mariadb.service" | cut -d" " -f1)"',
      )
      expect(await until(() => pair.journal('web1'), /--limit web2/)).toContain(
        'web2 to say that no other server is writable; it has a server and no health daemon yet, so apply to it first: --limit web2',
      )
      const { result } = await apply(changed, { limit: ['web2'] })
      expect(result.recap.web2?.error).toBeUndefined()
      await isWhole()
      expect(changesOf((await apply(changed)).events, 'web1')).toEqual({})
    })
  })

  describe('a failover', () => {
    it('loses nothing that was acknowledged by a busy replica, and reads go on', async () => {
      // As after a first installation, when the primary had not met its replica yet.
      await onHost('web1', 'rm -f /var/lib/mysql-writable/met-web2')
      const numbers =
        'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000) SELECT n, 0 FROM c'
      await query(
        'web1',
        `CREATE TABLE notes.large (id INT PRIMARY KEY, version INT); INSERT INTO notes.large ${numbers}`,
      )
      expect(await until(() => query('web2', 'SELECT COUNT(*) FROM notes.large'), '1000')).toBe('1000')
      const release = await pair.holdRow('web2', 'notes.large')
      await query('web1', 'UPDATE notes.large SET version = 1')
      for (const id of [10, 11, 12]) await note(id)
      // The replica acknowledged all of it, and has applied none of it.
      const waited = "SHOW GLOBAL STATUS WHERE Variable_name RLIKE 'semi_sync_(source|master)_status' AND Value = 'ON'"
      expect(await query('web1', waited)).not.toBe('')
      expect(await notes('web2')).toBe('1,2')
      await pair.powerOff('web1')
      const read = "curl -s -m 5 -o /tmp/text -w '%{http_code} ' http://198.51.100.12:9200/read; cat /tmp/text"
      await onHost(
        'web2',
        `nohup sh >/tmp/reads 2>&1 <<'END' & echo $! >/tmp/reader\nwhile sleep 0.1; do ${read}; done\nEND`,
      )
      const failover = pair.operate('failover', {}, 'web1-is-off')
      const receiving = `${pair.client} -E -e 'SHOW REPLICA STATUS' | sed -n 's/.*_IO_Running: //p'`
      expect(await until(() => onHost('web2', receiving), 'No', 120_000)).toBe('No')
      expect(await query('web2', 'SELECT @@global.read_only')).toBe('1')
      await release()
      expect((await failover).result.exitCode).toBe(0)
      expect(await health('web2', '/write')).toBe(writable)
      expect([await notes('web2'), await query('web2', 'SELECT SUM(version) FROM notes.large')]).toEqual([
        '1,2,10,11,12',
        '1000',
      ])
      const reads = (await onHost('web2', 'kill $(cat /tmp/reader); cat /tmp/reads')).split('\n')
      const before = reads.slice(0, reads.indexOf('503 primary, writable'))
      expect(before.length).toBeGreaterThan(10)
      // One may come in the moment between the two roles.
      expect(before.filter((line) => !line.startsWith('200 replica, read-only')).slice(1)).toEqual([])
      await note(13, 'web2')
    })

    it('keeps the old primary read-only when both boot after a power failure, and it is up first', async () => {
      const { unit } = pair
      await onHost('web2', `systemctl disable ${unit} mysql-health; sync`)
      await pair.powerOff('web2')
      await Promise.all([pair.boot('web1'), pair.boot('web2')])
      expect(await until(() => pair.journal('web1'), /waiting for web2/)).toMatch(
        /if web2 was never set up, apply to this host/,
      )
      expect(await query('web1', 'SELECT @@global.read_only')).toBe('1')
      await onHost('web2', `systemctl enable --now ${unit} mysql-health`)
      // Which of the two reasons it hears first depends on how fast the new primary opens again.
      expect(await until(() => pair.journal('web1'), /stays read-only/)).toMatch(
        /web2 (has transactions that are not here|is writable)/,
      )
      expect(await until(() => health('web2', '/write'), writable)).toBe(writable)
      expect(await query('web1', 'SELECT @@global.read_only')).toBe('1')
      expect(await health('web1', '/write')).toBe('503 unknown, read-only')
      expect(await until(() => onHost('web1', 'systemctl is-failed mysql-writable; :'), 'failed')).toBe('failed')
      expect(await query('web1', 'SELECT @@global.read_only')).toBe('1')
    })

    it('that the inventory does not know of is the truth, and seen by a run on the old primary alone', async () => {
      const [one, two] = [await apply(changed, { limit: ['web2'] }), await apply(changed, { limit: ['web1'] })]
      expect(one.result.recap.web2?.error).toBeUndefined()
      expect(two.web1.error?.detail).toMatch(/^web1 would be the primary, but web2 is writable/)
      expect(changesOf(two.events, 'web1')).toEqual({})
    })

    it('does not cost what the old primary alone has: it is refused, and rejoins after that was saved', async () => {
      const { readOnly } = pair
      await query('web1', `SET GLOBAL read_only = OFF; INSERT INTO notes.note VALUES (30); SET GLOBAL ${readOnly} = ON`)
      const refused = await apply(changed)
      expect(refused.web1.error?.detail).toMatch(
        /^.*this server has transactions that 198\.51\.100\.12:3306 does not know: /m,
      )
      expect(await notes('web1')).toContain('30')
      const rejoined = await pair.operate('rejoin', { host: 'web1' }, 'web1')
      expect([rejoined.result.exitCode, rejoined.web1.error]).toEqual([0, undefined])
      const saved = await onHost(
        'web1',
        'cd /var/backups/mysql-*; cat only-here.txt; grep -c "INSERT INTO .note" all.sql',
      )
      expect(saved).toMatch(/INSERT INTO `notes`\.`note`/)
      expect(saved.match(/@1=\d+/g)).toEqual(['@1=30'])
      expect(await until(() => notes('web1'), '1,2,10,11,12,13')).toBe('1,2,10,11,12,13')
      await onHost(
        'web2',
        `${pair.client} <<'END'\n${await onHost('web1', 'cat /var/backups/mysql-*/only-here.sql')}\nEND`,
      )
      expect(await notes('web2')).toBe('1,2,10,11,12,13,30')
    })

    it('is followed by the next apply: the old primary is a replica of the new one', async () => {
      const { result } = await apply(changed)
      expect([result.recap.web1?.error, result.recap.web2?.error]).toEqual([undefined, undefined])
      expect(await onHost('web1', 'systemctl is-failed mysql-writable; :')).toBe('inactive')
      await note(14, 'web2')
      expect(await until(() => notes('web1'), '1,2,10,11,12,13,14,30')).toBe('1,2,10,11,12,13,14,30')
      expect(await health('web2', '/write')).toBe(writable)
      const again = await apply(changed)
      expect(again.result.recap.web1).toMatchObject({ roundTrips: 2, statuses: { changed: 0, failed: 0 } })
      const alone = await apply(changed, { limit: ['web1'] })
      expect(alone.web1.error?.message).toBeUndefined()
      expect(alone.web1.statuses.changed).toBe(0)
    })
  })

  describe('a host that is rebuilt under the name and address of a lost primary', () => {
    it('gets every row and another server id', async () => {
      const id = await query('web1', 'SELECT @@server_id')
      await onHost('web1', pair.rebuild)
      expect(await query('web1', "SHOW DATABASES LIKE 'notes'")).toBe('')
      const { result } = await apply(changed)
      expect([result.recap.web1?.error, result.recap.web2?.error]).toEqual([undefined, undefined])
      expect(await notes('web1')).toBe(await notes('web2'))
      expect(await query('web1', pair.executed.replica)).toBe(await query('web2', pair.executed.source))
      expect(await query('web1', 'SELECT @@server_id')).not.toBe(id)
      const again = await apply(changed)
      expect(again.result.recap.web1).toMatchObject({ roundTrips: 2, statuses: { changed: 0, failed: 0 } })
    })
  })
}
