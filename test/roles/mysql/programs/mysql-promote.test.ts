/** How a replica is made the primary: nothing that was received is lost, and never next to another writable server. */

import { describe, expect, it } from 'vitest'
import { databaseHost, healthDaemon, mutePort, peer, refusingPort, replicaAt } from './stand-ins.ts'

const received = '6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-9,7054e1d9-e717-11f1-bd79-ae7a2d86c444:1'
const mysqlStatus = (sqlRunning = 'Yes', error = '') => `*************************** 1. row ***************************
             Replica_IO_State: Waiting for source to send event
                  Source_Host: 127.0.0.1
           Replica_IO_Running: Yes
          Replica_SQL_Running: ${sqlRunning}
               Last_SQL_Error: ${error}
           Retrieved_Gtid_Set: 6054e1d9-e717-11f1-bd79-ae7a2d86c444:1-9,
7054e1d9-e717-11f1-bd79-ae7a2d86c444:1
            Executed_Gtid_Set: %executed%
`
const mariadbStatus = (running = 'Yes', error = '') => `               Slave_IO_State: Waiting for master to send event
                  Master_Host: 127.0.0.1
             Slave_IO_Running: ${running}
            Slave_SQL_Running: ${running}
               Last_SQL_Error: ${error}
                  Gtid_IO_Pos: 0-1-110
`
const replica = { replica: '\t127.0.0.1\treplication\n' }
const end = 'STOP REPLICA; RESET REPLICA ALL; SET GLOBAL read_only = OFF'
const lost = async () => peer('web1', await refusingPort(), await refusingPort())
const changesIn = (statements: readonly string[]) => statements.filter((one) => /^(STOP|START|SET)/.test(one))

describe('mysql-promote', () => {
  it('applies what was received before it forgets the source and opens', async () => {
    const executed = ['0-1-100', '0-1-100', '0-1-104', '0-1-109', '0-1-110'].join('\n')
    const web2 = databaseHost('mariadb', { ...replica, status: mariadbStatus(), executed: `${executed}\n` })
    const { status, text } = await web2.run('--mode=promote', await lost())
    expect([status, web2.isOpen()]).toEqual([0, true])
    expect(text).toMatch(
      /^applying what was received \(0-1-110\)\neverything received is applied\nthis server is writable\n$/,
    )
    expect(changesIn(web2.asked())).toEqual(['STOP REPLICA IO_THREAD', end])
    // Four looks found something to apply.
    expect(web2.asked().filter((one) => one.startsWith('SHOW REPLICA')).length).toBeGreaterThanOrEqual(4)
  })

  it('of MySQL has the server compare the sets, over lines', async () => {
    const web2 = databaseHost('mysql', { ...replica, status: mysqlStatus(), executed: 'a:1-9\n' })
    expect((await web2.run('--mode=promote', await lost())).status).toBe(0)
    expect(web2.asked()).toContain(`SELECT GTID_SUBSET('${received}', 'a:1-9')`)
    expect(web2.asked()).toContain(end)
  })

  it('gives up after a while, and lets replication go on', async () => {
    const web2 = databaseHost('mysql', { ...replica, status: mysqlStatus(), subset: '0\n' })
    const { status, text } = await web2.run('--mode=promote', '--seconds=1', await lost())
    expect(status).toBe(3)
    expect(text).toContain(
      `\nafter 1 s, received transactions are not applied yet (${received}): this server stays read-only\n`,
    )
    expect(changesIn(web2.asked())).toEqual(['STOP REPLICA IO_THREAD', 'START REPLICA IO_THREAD'])
    expect(web2.isOpen()).toBe(false)
  })

  it('says which transaction cannot be applied', async () => {
    const web2 = databaseHost('mysql', { ...replica, status: mysqlStatus('No', 'Duplicate entry'), subset: '0\n' })
    const { status, text } = await web2.run('--mode=promote', await lost())
    expect([status, text]).toEqual([
      3,
      'a received transaction cannot be applied (Duplicate entry): this server stays read-only\n',
    ])
    expect(changesIn(web2.asked())).toEqual(['STOP REPLICA IO_THREAD', 'START REPLICA IO_THREAD'])
  })

  it('starts an applier that somebody stopped', async () => {
    const web2 = databaseHost('mysql', { ...replica, status: mysqlStatus('No'), subset: '0\n' })
    const { text } = web2.start(['--mode=promote', await lost()])
    await expect.poll(text).toContain('applying what was received')
    expect(changesIn(web2.asked())).toEqual(['START REPLICA SQL_THREAD', 'STOP REPLICA IO_THREAD'])
    web2.write('subset', '1\n')
    await expect.poll(web2.isOpen).toBe(true)
  })

  it('of MariaDB does not start an applier if that would empty the relay log', async () => {
    const web2 = databaseHost('mariadb', { ...replica, status: mariadbStatus('No'), executed: '0-1-100\n' })
    const { status, text } = await web2.run('--mode=promote', await lost())
    expect(status).toBe(3)
    expect(text).toMatch(
      /^both threads of replication are stopped, and received transactions are not applied \(0-1-110\)/,
    )
    expect(changesIn(web2.asked())).toEqual([])
  })

  it.each<[string, () => Promise<number>, RegExp]>([
    [
      'is writable',
      async () => (await healthDaemon([{ ...replicaAt('0-1-1'), isWritable: true }])).port,
      /^web1 is writable; switch it off first: this server stays read-only$/m,
    ],
    [
      'runs and may be writable',
      async () => (await healthDaemon([undefined])).port,
      /^web1 runs and does not say that it is read-only; switch it off first/m,
    ],
    [
      'has more',
      async () => (await healthDaemon([replicaAt('0-1-120')])).port,
      /^web1 has transactions that are not here \(0-1-120\)/m,
    ],
  ])('refuses while the old primary %s', async (_what, health, message) => {
    const web2 = databaseHost('mariadb', { ...replica, status: mariadbStatus() })
    const { status, text } = await web2.run('--mode=promote', peer('web1', await health(), await mutePort()))
    expect(status).toBe(3)
    expect(text).toMatch(message)
    expect(web2.asked()).not.toContain(end)
    expect(web2.isOpen()).toBe(false)
    const changes = changesIn(web2.asked())
    expect(changes.at(-1) ?? 'START REPLICA IO_THREAD').toBe('START REPLICA IO_THREAD')
  })

  it('hands over from a primary that was closed and has nothing more', async () => {
    const web2 = databaseHost('mariadb', { ...replica, status: mariadbStatus() })
    const { port } = await healthDaemon([replicaAt('0-1-110')])
    expect((await web2.run('--mode=promote', peer('web1', port, 1))).status).toBe(0)
    expect(web2.isOpen()).toBe(true)
  })

  it('remembers the source, which is waited for from then on', async () => {
    const web2 = databaseHost('mariadb', { ...replica, status: mariadbStatus() })
    const bare = await lost()
    await web2.run('--mode=promote', bare)
    expect(web2.hasMet('web1')).toBe(true)
    web2.write('read_only', '1\n')
    const { text } = web2.start(['--mode=apply', bare])
    await expect.poll(text).toMatch(/^waiting for web1/)
  })

  it('goes on where it was interrupted, and opens no server that was no replica', async () => {
    const web2 = databaseHost('mariadb')
    const bare = await lost()
    const { status, text } = await web2.run('--mode=promote', bare)
    expect([status, text]).toEqual([3, 'it replicates from no server: this server stays read-only\n'])
    web2.mark('promoting')
    expect((await web2.run('--mode=promote', bare)).status).toBe(0)
    expect(web2.isOpen()).toBe(true)
    expect(await web2.run('--mode=promote', bare)).toEqual({ status: 0, text: 'this server is writable\n' })
  })
})
