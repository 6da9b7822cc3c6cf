/** The server id that a host chooses: another for each installation, the same as before for those that have one. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Secret } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { mysql } from '../../../roles/mysql/role.ts'
import { actionsOf } from '../../resources/play-case.ts'
import { temporaryFolder } from '../../resources/run-script.ts'
import { standIns } from '../../resources/stand-in.ts'
import { tasksOf } from '../role-cases.ts'

const tls = { certificate: '/srv/db.crt', key: '/srv/db.key', authorityPath: '/srv/ca.crt' }
const hosts = ['db1', 'db2'].map((name, index) => ({ name, address: `192.0.2.${index + 11}`, groups: ['database'] }))

/** The commands that choose it, in a folder of the test's. */
function chosenIn(folder: string, serverIds: Record<string, number> = {}): string[] {
  const role = mysql({ primary: 'db1', replication: { password: new Secret('replication', 'x') }, tls, serverIds })
  const tasks = tasksOf(role, { hosts }).filter(({ title }) => title === 'mysql server id')
  return tasks.flatMap((task) =>
    actionsOf(task, { due: true }, [{ key: 'run', from: null, to: '' }]).map((action) =>
      action.kind === 'command' ? action.script.replaceAll('/etc/mysql/mariadb.conf.d', folder) : '',
    ),
  )
}

function idIn(folder: string): number {
  const [script = ''] = chosenIn(folder)
  expect(spawnSync('sh', ['-c', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
  const text = readFileSync(join(folder, 'zz-foobar-deploy-server-id.cnf'), 'utf8')
  expect(text).toMatch(/^# [^\n]*\n\[mariadbd\]\nserver_id = \d+\n$/)
  return Number(/server_id = (\d+)/.exec(text)?.[1])
}

describe('the server id', () => {
  it('is another one for each installation, and never an address', () => {
    const ids = [1, 2, 3].map(() => idIn(temporaryFolder()))
    expect(new Set(ids).size).toBe(3)
    for (const id of ids) {
      expect(id).toBeGreaterThanOrEqual(0xf0000000)
      expect(id).toBeLessThan(2 ** 32)
    }
  })

  it('stays what it was for a server that an earlier version of the role set up', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'zz-foobar-deploy.cnf'), '[mariadbd]\nserver_id = 3221225995\nport = 3306\n')
    expect(idIn(folder)).toBe(3_221_225_995)
  })

  it('is not chosen where it is given', () => {
    expect(chosenIn('/nowhere', { db1: 7 })).toEqual([])
    expect(chosenIn('/nowhere', { db2: 7 })).toHaveLength(1)
  })
})

describe('mysql-settings', () => {
  const program = fileURLToPath(new URL('../../../roles/mysql/files/mysql-settings.pl', import.meta.url))
  const appliedAfter = (written: string) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'record'))
    writeFileSync(join(folder, 'server.cnf'), '[mysqld]\nport = 3306\n')
    writeFileSync(join(folder, 'record/written'), written)
    const { before } = standIns({ mysql: `printf 'port\\t3306\\n'`, systemctl: '' })
    const args = [`--file=${folder}/server.cnf`, '--flavor=mysql', '--unit=mysql', `--record=${folder}/record/written`]
    const { status, stdout } = spawnSync(
      'sh',
      ['-c', `${before}; exec perl "$0" "$@"`, program, ...args, '--seconds=5'],
      {
        encoding: 'utf8',
      },
    )
    return { status, stdout }
  }

  it('does not restart the server because its id has moved to a file of its own', () => {
    expect(appliedAfter('port\nserver_id\n')).toEqual({ status: 0, stdout: '' })
  })

  it('restarts it because of another setting that is no longer written', () => {
    expect(appliedAfter('port\ngtid_mode\n')).toEqual({
      status: 0,
      stdout: 'the server is restarted: gtid_mode is no longer written\n',
    })
  })
})
