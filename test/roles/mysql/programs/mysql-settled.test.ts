/** What a run waits for after a change of the database server: real perl, a stand-in client and peers. */

import { describe, expect, it } from 'vitest'
import { databaseHost, healthDaemon, peer, refusingPort, startProgram } from './stand-ins.ts'

const row = (lag: string, running = 'Yes') =>
  `Slave_IO_Running: Yes\nSlave_SQL_Running: ${running}\nSeconds_Behind_Master: ${lag}\nLast_IO_Error: \nLast_SQL_Error: Duplicate entry\n`
const following = { role: 'replica', isWritable: false, ioRunning: true, lastError: 'Duplicate entry' }

const settled = (path: string, role: 'primary' | 'replica', ...more: readonly string[]) =>
  startProgram(
    'mysql-settled',
    ['--flavor=mariadb', `--role=${role}`, '--seconds=1', '--max-lag-seconds=10', ...more],
    `${path}:/usr/bin:/bin`,
  )

describe('on the primary', () => {
  it.each(['0', 'OFF'])('it ends when the server says %s for read_only and its replicas have caught up', async (is) => {
    const web1 = databaseHost('mariadb', { read_only: `${is}\n` })
    const { port } = await healthDaemon([following])
    expect(await settled(web1.path, 'primary', peer('web2', port, 1)).exited).toEqual({ status: 0, text: '' })
  })

  it('it says that the server is not writable', async () => {
    const { exited } = settled(databaseHost('mariadb').path, 'primary')
    const text = 'after 1 s: this server is not writable yet (journalctl -u mysql-writable)\n'
    expect(await exited).toEqual({ status: 1, text })
  })

  it('it says which replica has not caught up, and why', async () => {
    const web1 = databaseHost('mariadb', { read_only: '0\n' })
    const daemon = await healthDaemon([following])
    daemon.isReadable = false
    const { exited } = settled(web1.path, 'primary', peer('web2', daemon.port, 1))
    expect(await exited).toEqual({ status: 1, text: 'after 1 s: web2 has not caught up; Duplicate entry\n' })
  })

  it('it does not wait for a replica that is away', async () => {
    const web1 = databaseHost('mariadb', { read_only: '0\n' })
    expect((await settled(web1.path, 'primary', peer('web2', await refusingPort(), 1)).exited).status).toBe(0)
  })
})

describe('on a replica', () => {
  it.each([
    ['has caught up', row('10'), 0, ''],
    [
      'is behind',
      row('11'),
      1,
      'after 1 s: replication: IO thread Yes, SQL thread Yes, 11 s behind;  Duplicate entry\n',
    ],
    [
      'is broken',
      row('NULL', 'No'),
      1,
      'after 1 s: replication: IO thread Yes, SQL thread No, NULL s behind;  Duplicate entry\n',
    ],
    ['follows none', '', 1, 'this server replicates from none\n'],
  ])('that %s', async (_what, status, code, text) => {
    const web2 = databaseHost('mariadb', { status })
    expect(await settled(web2.path, 'replica').exited).toEqual({ status: code, text })
  })
})
