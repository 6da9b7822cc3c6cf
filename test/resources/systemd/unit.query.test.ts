/** Units as `systemctl show` tells them: a block each, in the order asked for. */

import { describe, expect, it } from 'vitest'
import { unitQuery } from '../../../src/resources/systemd/unit.query.ts'
import { runScript } from '../run-script.ts'
import { standIns } from '../stand-in.ts'

const block = (id: string, rest: string) => `Id=${id}\nLoadState=loaded\nActiveState=active\n${rest}`

describe('unit', () => {
  it('asks once for all, and tells them apart by their order', () => {
    const said = [
      block('mysql.service', 'Type=notify\nNeedDaemonReload=yes'),
      block('a@b=c.timer', 'UnitFileState=static'),
    ]
    const { before, started } = standIns({ systemctl: `cat <<'END'\n${said.join('\n\n')}\nEND` })
    const names = ['mysqld.service', 'a@b=c.timer']
    const answers = unitQuery.parse(runScript(unitQuery.script(names), before), names)
    expect(started()).toEqual(['systemctl'])
    expect(answers).toMatchObject([
      { id: 'mysql.service', serviceType: 'notify', needsDaemonReload: true },
      { id: 'a@b=c.timer', serviceType: '', unitFile: 'static', needsDaemonReload: false },
    ])
  })

  it('knows a host on which systemd does not run, or refused to answer for all', () => {
    const { before } = standIns({ systemctl: 'echo "System has not been booted with systemd" >&2; exit 1' })
    const output = runScript(unitQuery.script(['a.service']), before)
    expect(unitQuery.parse(output, ['a.service'])).toEqual([undefined])
    const one = { status: 1, stdout: Buffer.from(block('a.service', '')), stderr: Buffer.from('') }
    expect(unitQuery.parse(one, ['a.service', 'b@.service'])).toEqual([undefined, undefined])
  })
})
