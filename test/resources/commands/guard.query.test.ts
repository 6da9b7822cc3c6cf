/** Guards as the shell of this machine evaluates them. */

import { describe, expect, it } from 'vitest'
import { type Guard, guardQuery } from '../../../src/resources/commands/guard.query.ts'
import { ask, oddNames, runScript, temporaryFolder } from '../run-script.ts'
import { counted, standIns } from '../stand-in.ts'

const guard = (script: string, more: Partial<Guard> = {}): Guard => ({ script, cwd: '/', environment: {}, ...more })
const statuses = (guards: readonly Guard[]) =>
  ask(guardQuery, guards).map((answer) => (answer.kind === 'status' ? answer.status : answer.kind))

describe('guard', () => {
  it('gives each its own status, whatever its text does', () => {
    expect(
      statuses([
        guard('true'),
        guard('false'),
        guard('exit 7; echo'),
        guard('if then'),
        guard("echo 'unfinished"),
        guard('echo out; echo err >&2; exec >/dev/stderr; echo 5'),
        guard('no-such-program-anywhere'),
        guard('cd /tmp; set -e; false; true'),
        guard('[ "$(cat)" = "" ]'),
        guard('[ "$PWD" = / ]'),
        guard('cat <<EOT\n$(exit 3)\nEOT'),
        guard('x=1; return 4'),
        guard('# nothing'),
        guard('true # a remark'),
      ]),
    ).toEqual([0, 1, 7, 2, 2, 0, 127, 1, 0, 0, 0, 4, 0, 0])
  })

  it('keeps odd texts in variables, folders and scripts as they are', () => {
    const texts = oddNames.filter((name) => !name.includes('/'))
    expect(
      statuses(
        texts.map((text) =>
          guard(`[ "$A" = "$(printf '%s' "$B")" ] || [ "$A" = "$B" ]`, { environment: { A: text, B: text } }),
        ),
      ),
    ).toEqual(texts.map(() => 0))
    const folder = temporaryFolder()
    expect(runScript(`cd '${folder}' && mkdir -- '-odd "name" $HOME'`).status).toBe(0)
    expect(
      statuses([guard('[ "$(basename -- "$PWD")" = \'-odd "name" $HOME\' ]', { cwd: `${folder}/-odd "name" $HOME` })]),
    ).toEqual([0])
  })

  it('says where a folder is not there, and goes on', () => {
    expect(statuses([guard('true', { cwd: '/no/such/folder' }), guard('true')])).toEqual(['no-folder', 0])
  })

  it('takes timeout and one shell for any number, and texts longer than an argument may be', () => {
    const { before, started } = counted('timeout', 'grep', 'cat')
    const long = guard(`true ${'x'.repeat(200_000)}`)
    const guards = [long, ...Array.from({ length: 200 }, (_, index) => guard(`[ ${index} -lt 100 ]`))]
    const output = runScript(guardQuery.script(guards), before)
    const answers = guardQuery.parse(output, guards)
    expect(answers.filter((answer) => answer.kind === 'status' && answer.status === 0)).toHaveLength(101)
    expect(started()).toEqual(['timeout'])
  })

  it('names the one that hangs, and does not wait for those after it', () => {
    const { before } = standIns({ timeout: 'shift 3; PATH=/usr/bin:/bin exec timeout -k 1 0.3 "$@"' })
    const guards = [guard('true'), guard('sleep 20'), guard('true')]
    const started = performance.now()
    const answers = guardQuery.parse(runScript(guardQuery.script(guards), before), guards)
    expect(performance.now() - started).toBeLessThan(5000)
    expect(answers).toEqual([{ kind: 'status', status: 0 }, { kind: 'hung' }, { kind: 'not-reached' }])
  })
})
