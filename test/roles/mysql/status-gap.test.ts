/** What `foobar-deploy status` reports of a replica that has not all that its source has. */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { databaseProbe } from '../../../roles/mysql/status.ts'
import { temporaryFolder } from '../../resources/run-script.ts'
import { standIns } from '../../resources/stand-in.ts'

const [one, two] = ['6054e1d9-e717-11f1-bd79-ae7a2d86c444', '7054e1d9-e717-11f1-bd79-ae7a2d86c444']

/** What it shows where the replica has this at first, and that a moment later. */
function gapOf(
  atSource: string,
  first: string,
  later: { executed: string; missing: string; received: string },
): unknown {
  const folder = temporaryFolder()
  const texts = {
    first: `  version: 9.7.4\nis_closed: 1\n executed: ${first}\n`,
    status: `Source_Host: 192.0.2.11\nRetrieved_Gtid_Set: ${later.received}\nReplica_IO_Running: Yes\nReplica_SQL_Running: Yes\n`,
    later: `executed_later: ${later.executed}\nmissing_later: ${later.missing}\n`,
  }
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text)
  const { before, started } = standIns({
    mysql: `cd '${folder}'; case $* in *GTID_SUBTRACT*) cat later status ;; *WAIT_FOR*) ;; *) cat first status ;; esac`,
    curl: `printf '%s' '${JSON.stringify({ role: 'primary', gtidExecuted: atSource })}'`,
  })
  const probe = databaseProbe('replica', 9200)
  const hidden = `command() { [ "$2" != mariadb ]; }`
  const { stdout } = spawnSync('sh', ['-c', `${before}\n${hidden}\n${probe.script.script}`], { encoding: 'utf8' })
  expect(started()).toEqual(['mysql', 'curl', 'mysql', 'mysql'])
  return probe.parse({ status: 0, stdout })[0]?.['GTID gap']
}

describe('the GTID gap', () => {
  const atSource = `${one}:1-10,${two}:1-5`

  it('is none for a replica of a busy source that has it a moment later', () => {
    expect(gapOf(atSource, `${one}:1-10`, { executed: atSource, missing: '', received: `${two}:1-5` })).toEqual({
      text: 'none',
      level: 'good',
    })
  })

  it('is what it has received and still executes', () => {
    const later = { executed: `${one}:1-10,\n${two}:1-2`, missing: `${two}:3-5`, received: `${one}:7-10,\n${two}:1-5` }
    expect(gapOf(atSource, `${one}:1-10`, later)).toEqual({ text: '3 to execute', level: 'warning' })
  })

  it('is bad where something does not arrive: a server skips what its own server id once wrote', () => {
    const later = { executed: `${two}:1-5`, missing: `${one}:1-10`, received: `${two}:1-5` }
    expect(gapOf(atSource, `${two}:1-5`, later)).toEqual({ text: '10 missing, 10 not received', level: 'bad' })
  })
})
