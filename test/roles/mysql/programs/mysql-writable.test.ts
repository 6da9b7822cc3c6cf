/** When the program of the role opens the database server, and when it must not: real perl, a stand-in client and peers. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { mariadbSets } from '../../../resources/mysql/gtid-sets.ts'
import { databaseHost, healthDaemon, mutePort, peer, refusingPort, replicaAt, temporaryFolder } from './stand-ins.ts'

const waiting = /^waiting for web2 to say that no other server is writable/m

describe('a server that was started', () => {
  it('is opened when its peer is read-only and has nothing more, and the peer is remembered', async () => {
    const web1 = databaseHost('mariadb')
    const { port } = await healthDaemon([replicaAt('0-1-110')])
    expect(await web1.run(peer('web2', port, 1))).toEqual({ status: 0, text: 'this server is writable\n' })
    expect([web1.isOpen(), web1.hasMet('web2')]).toEqual([true, true])
  })

  it('stays read-only next to a server that is writable', async () => {
    const web1 = databaseHost('mariadb')
    const { port } = await healthDaemon([{ ...replicaAt('0-1-110'), isWritable: true }])
    const { status, text } = await web1.run(peer('web2', port, 1))
    expect([status, text]).toEqual([3, 'web2 is writable: this server stays read-only\n'])
    expect(web1.isOpen()).toBe(false)
  })

  it('stays read-only if it replicates from another', async () => {
    const web1 = databaseHost('mariadb', { replica: '\t198.51.100.12\troot\n' })
    expect((await web1.run()).status).toBe(3)
    expect(web1.isOpen()).toBe(false)
  })

  it('judges what a peer has by domain and server', async () => {
    const judged = []
    for (const [theirs, own] of mariadbSets) {
      const web1 = databaseHost('mariadb', { executed: `${own}\n` })
      const { port } = await healthDaemon([replicaAt(theirs)])
      judged.push([theirs, own, await web1.run(peer('web2', port, 1)), web1.isOpen()])
    }
    const refusal = (set: string) => `web2 has transactions that are not here (${set}): this server stays read-only\n`
    expect(judged).toEqual(
      mariadbSets.map(([theirs, own, beyond]) =>
        beyond === 0
          ? [theirs, own, { status: 0, text: 'this server is writable\n' }, true]
          : [theirs, own, { status: 3, text: refusal(theirs) }, false],
      ),
    )
  })

  it.each([
    ['1', 0],
    ['0', 3],
  ])('of MySQL leaves the comparison to the server, which says %s', async (subset, status) => {
    const web1 = databaseHost('mysql', { executed: 'a:1-9,\\nb:1\n', subset: `${subset}\n` })
    const { port } = await healthDaemon([replicaAt('a:1-9')])
    expect((await web1.run(peer('web2', port, 1))).status).toBe(status)
    expect(web1.asked()).toContain("SELECT GTID_SUBSET('a:1-9', 'a:1-9,b:1')")
    expect(web1.isOpen()).toBe(status === 0)
  })

  it.each([
    ['says 503', [undefined]],
    ['does not say what it has executed', [{ role: 'replica', isWritable: false, gtidExecuted: null }]],
    ['says nonsense', [{ nonsense: true }]],
  ])('waits while its peer %s, and opens when it answers', async (_what, answers) => {
    const web1 = databaseHost('mariadb')
    const daemon = await healthDaemon(answers)
    const { text, exited } = web1.start([peer('web2', daemon.port, 1)])
    await expect.poll(text).toMatch(waiting)
    await expect.poll(() => daemon.requests.length).toBeGreaterThan(2)
    expect(web1.isOpen()).toBe(false)
    daemon.answers[0] = replicaAt('0-1-110')
    expect((await exited).status).toBe(0)
    expect(web1.isOpen()).toBe(true)
  })

  it('waits for each of its peers', async () => {
    const web1 = databaseHost('mariadb')
    const [web2, web3] = [await healthDaemon([replicaAt('0-1-110')]), await healthDaemon([undefined])]
    const { text } = web1.start([peer('web2', web2.port, 1), peer('web3', web3.port, 1)])
    await expect.poll(text).toMatch(/^waiting for web3 to say/m)
    expect(web1.isOpen()).toBe(false)
  })

  it('waits for a peer that takes connections and says nothing', async () => {
    const web1 = databaseHost('mariadb')
    const { text } = web1.start([peer('web2', await mutePort(), 1)])
    await expect.poll(text).toMatch(waiting)
    expect(web1.isOpen()).toBe(false)
  })

  it('closes again if a peer opened at the same moment', async () => {
    const web1 = databaseHost('mariadb')
    const { port } = await healthDaemon([replicaAt('0-1-110'), { ...replicaAt('0-1-110'), isWritable: true }])
    const { status, text } = await web1.run(peer('web2', port, 1))
    expect([status, text]).toEqual([3, 'web2 became writable at the same time: this server stays read-only\n'])
    expect(web1.isOpen()).toBe(false)
  })

  it.each(['0', 'OFF'])('that says %s for read_only is open, and nothing is set', async (read_only) => {
    const web1 = databaseHost('mariadb', { read_only: `${read_only}\n` })
    expect((await web1.run()).status).toBe(0)
    expect(web1.asked().filter((statement) => statement.startsWith('SET'))).toEqual([])
  })

  it.each(['1', 'ON', 'NO_LOCK'])('that says %s for read_only is closed, and is opened', async (read_only) => {
    const web1 = databaseHost('mariadb', { read_only: `${read_only}\n` })
    expect((await web1.run()).status).toBe(0)
    expect(web1.isOpen()).toBe(true)
  })

  it('is asked at most twice a second while it does not answer', async () => {
    const web1 = databaseHost('mariadb', { fails: '' })
    const began = performance.now()
    const { text, exited } = web1.start([])
    await expect.poll(text).toContain('waiting until the server answers')
    await expect.poll(() => web1.asked().length).toBeGreaterThan(3)
    const seconds = (performance.now() - began) / 1000
    expect(web1.asked().length).toBeLessThanOrEqual(2 * seconds + 2)
    web1.remove('fails')
    expect((await exited).status).toBe(0)
    expect(web1.isOpen()).toBe(true)
  })

  it('is tried again by systemd after a failure, whatever the error was', async () => {
    const web1 = databaseHost('mariadb')
    web1.remove('bin/mariadb')
    const { status, text } = await web1.run()
    expect([status, text]).toEqual([1, expect.stringMatching(/^mariadb: No such file or directory$/m)])
  })
})

describe('patience', () => {
  it('ends the waiting after that many seconds', async () => {
    const web1 = databaseHost('mariadb')
    const { port } = await healthDaemon([undefined])
    const { status, text } = await web1.run(peer('web2', port, 1), '--write-after-seconds=1')
    expect([status, web1.isOpen()]).toEqual([0, true])
    expect(text).toMatch(/^web2 did not answer for 1 s, and write-after-seconds says to go on without$/m)
  })

  it('does not end because the clock was set', async () => {
    const web1 = databaseHost('mariadb')
    const { port, requests } = await healthDaemon([undefined])
    // Each look at the clock finds it a year later.
    const folder = temporaryFolder()
    const leaps = 'package Leaps; my $now = 0; BEGIN { *CORE::GLOBAL::time = sub { $now += 31536000 } } 1;'
    writeFileSync(join(folder, 'Leaps.pm'), leaps)
    web1.start([peer('web2', port, 1), '--write-after-seconds=3600'], [`-I${folder}`, '-MLeaps'])
    await expect.poll(() => requests.length).toBeGreaterThan(3)
    expect(web1.isOpen()).toBe(false)
  })
})

describe('a peer that is not set up yet', () => {
  const bare = async () => peer('web2', await refusingPort(), await refusingPort())

  it('is passed over by apply', async () => {
    const web1 = databaseHost('mariadb')
    expect(await web1.run('--mode=apply', await bare())).toEqual({ status: 0, text: 'this server is writable\n' })
    expect(web1.isOpen()).toBe(true)
  })

  it('is waited for at boot, because its programs may just not have started', async () => {
    const web1 = databaseHost('mariadb')
    const { text } = web1.start([await bare()])
    await expect.poll(text).toMatch(/^waiting for web2 to say .*; if web2 was never set up, apply to this host$/m)
    expect(web1.isOpen()).toBe(false)
  })

  it('is waited for by apply if it was seen before', async () => {
    const web1 = databaseHost('mariadb')
    web1.mark('met-web2')
    const { text } = web1.start(['--mode=apply', await bare()])
    await expect.poll(text).toMatch(waiting)
    expect(web1.isOpen()).toBe(false)
  })

  it('is waited for by apply if it has a server but no health daemon', async () => {
    const web1 = databaseHost('mariadb')
    const { text } = web1.start(['--mode=apply', peer('web2', await refusingPort(), await mutePort())])
    await expect.poll(text).toMatch(/no health daemon yet, so apply to it first: --limit web2$/m)
    expect(web1.isOpen()).toBe(false)
  })

  it('is remembered as soon as it is there: a lost primary that boots later does not open with old data', async () => {
    const web1 = databaseHost('mariadb')
    const health = await refusingPort()
    const argument = peer('web2', health, await refusingPort())
    expect((await web1.run('--mode=apply', argument)).status).toBe(0)
    // The unit, which apply starts then: the server is open, and it looks for the replica that comes.
    const unit = web1.start([argument])
    await expect.poll(() => web1.asked().length).toBeGreaterThan(2)
    expect(web1.hasMet('web2')).toBe(false)
    await healthDaemon([replicaAt('0-1-110')], health)
    expect((await unit.exited).status).toBe(0)
    expect(web1.hasMet('web2')).toBe(true)
    // web2 is promoted and written to. Both lose their power; web1 is up before the programs of web2.
    web1.write('read_only', '1\n')
    const later = peer('web2', await refusingPort(), await refusingPort())
    const boot = web1.start([later])
    await expect.poll(boot.text).toMatch(waiting)
    const apply = web1.start(['--mode=apply', later])
    await expect.poll(apply.text).toMatch(waiting)
    expect(web1.isOpen()).toBe(false)
  })
})

describe('--mode=check', () => {
  it.each<[string, object | undefined, number, string]>([
    ['nothing, if the peer agrees', replicaAt('0-1-110'), 0, ''],
    [
      'an objection',
      replicaAt('0-2-1'),
      3,
      'web2 has transactions that are not here (0-2-1): this server stays read-only\n',
    ],
    ['a silence', undefined, 4, 'web2: no answer\n'],
  ])('tells %s, and changes nothing', async (_what, answer, status, text) => {
    const web1 = databaseHost('mariadb')
    const { port } = await healthDaemon([answer])
    expect(await web1.run('--mode=check', peer('web2', port, 1))).toEqual({ status, text })
    expect([web1.isOpen(), web1.hasMet('web2')]).toEqual([false, false])
  })

  it('ends if the server does not answer', async () => {
    const web1 = databaseHost('mariadb', { fails: '' })
    expect((await web1.run('--mode=check')).status).toBe(4)
  })
})
