/** How the configuration file is put into force: real perl, and stand-ins for the client and for systemctl. */

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startProgram, temporaryFolder } from './stand-ins.ts'

// What the server runs with is a file of names and values. What is in `fixed` cannot be set while it runs.
const client = (folder: string) => `#!/bin/sh
PATH=/usr/bin:/bin
cd ${folder} || exit
[ ! -e down ] || exit 1
case $5 in
'SHOW GLOBAL VARIABLES;'*) cat variables ;;
'SET GLOBAL '*)
  set -- $5
  ! grep -qx "$3" fixed || exit 1
  value=$(echo "$5" | sed "s/^[^=]*= //; s/'//g")
  sed -i "s|^$3\\t.*|$3\\t$value|" variables
  echo "$3" >>set ;;
'SELECT @@GLOBAL.'*) sed -n "s/^\${5#SELECT @@GLOBAL.}\\t//p" variables ;;
esac
`
const systemctl = (folder: string) => `#!/bin/sh
PATH=/usr/bin:/bin
cd ${folder} || exit
[ "$1" = restart ] || exit 0
echo "$2" >>restarts
rm -f down
cp after variables
`

/** Runs the program on a server that runs with some settings, and with others after a restart. */
async function activate(
  written: string,
  running: string,
  options: { after?: string; fixed?: string; before?: string; isDown?: boolean } = {},
) {
  const folder = temporaryFolder()
  const at = (name: string) => join(folder, name)
  const write = (name: string, text: string) => writeFileSync(at(name), text)
  mkdirSync(at('bin'))
  mkdirSync(at('record'))
  write('bin/mysql', client(folder))
  write('bin/systemctl', systemctl(folder))
  for (const name of ['mysql', 'systemctl']) chmodSync(at(`bin/${name}`), 0o755)
  write('server.cnf', `[mysqld]\n${written}`)
  write('variables', running)
  write('after', options.after ?? running)
  write('fixed', options.fixed ?? '')
  if (options.before) write('record/written', options.before)
  if (options.isDown) write('down', '')
  const args = [
    `--file=${at('server.cnf')}`,
    '--flavor=mysql',
    '--unit=mysql',
    '--seconds=2',
    `--record=${at('record/written')}`,
  ]
  const { status, text } = await startProgram('mysql-settings', args, `${at('bin')}:/usr/bin:/bin`).exited
  const read = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), 'utf8') : '')
  return { status, text, set: read('set'), restarts: read('restarts'), record: read('record/written') }
}

describe('a setting', () => {
  it('that is in force already, in another form, changes nothing', async () => {
    const { status, text, set, restarts, record } = await activate(
      'max_allowed_packet = 64M\nskip_name_resolve = ON\n',
      'max_allowed_packet\t67108864\nskip_name_resolve\t1\n',
    )
    expect([status, text, set, restarts]).toEqual([0, '', '', ''])
    expect(record).toBe('max_allowed_packet\nskip_name_resolve\n')
  })

  it('that can be set while the server runs is set', async () => {
    const found = await activate('max_connections = 321\n', 'max_connections\t200\n')
    expect(found).toMatchObject({ status: 0, set: 'max_connections\n', restarts: '' })
    expect(found.text).toBe('max_connections = 321, set while the server runs\n')
  })

  it.each([
    ['cannot be set', 'port = 3307\n', 'port\t3306\n', 'port\t3307\n'],
    ['would not hold for what runs', 'server_id = 7\n', 'server_id\t1\n', 'server_id\t7\n'],
  ])('that %s restarts the server', async (_what, written, running, after) => {
    const found = await activate(written, running, { after, fixed: 'port\n' })
    expect(found).toMatchObject({ status: 0, set: '', restarts: 'mysql.service\n' })
    expect(found.text).toContain(`the server is restarted: ${written.split(' ')[0]}`)
  })

  it('that is no longer written restarts the server', async () => {
    const found = await activate('port = 3306\n', 'port\t3306\n', { before: 'port\nwait_timeout\n' })
    expect(found).toMatchObject({ status: 0, restarts: 'mysql.service\n', record: 'port\n' })
    expect(found.text).toBe('the server is restarted: wait_timeout is no longer written\n')
  })

  it('that the server does not take in the end fails, and what was set is taken back', async () => {
    const found = await activate('max_connections = 321\nport = 3307\n', 'max_connections\t200\nport\t3306\n', {
      after: 'max_connections\t321\nport\t3306\n',
      fixed: 'port\n',
    })
    expect(found).toMatchObject({ status: 1, set: 'max_connections\nmax_connections\n', record: '' })
    expect(found.text).toMatch(/^port = 3307 is written, and the server has 3306$/m)
  })

  it('for being read-only is left to mysql-writable', async () => {
    expect(await activate('super_read_only = ON\n', 'super_read_only\tOFF\n')).toMatchObject({
      status: 0,
      set: '',
      restarts: '',
    })
  })
})

it('starts a server that does not answer', async () => {
  expect(await activate('port = 3306\n', 'port\t3306\n', { isDown: true })).toMatchObject({
    status: 0,
    restarts: 'mysql.service\n',
  })
})
