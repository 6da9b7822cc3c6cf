/** Commands that only read: how they answer, and what a run makes of them. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, command, file } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { commandOutputQuery } from '../../../src/resources/commands/command-output.query.ts'
import { endings, runLocally } from '../../engine/local-run.ts'
import { ask, runScript, temporaryFolder } from '../run-script.ts'

const asked = (script: string, cwd = '/') => ({ script, cwd, environment: { A: 'b c' } })

describe('the answer', () => {
  it('has both outputs and the status of each, whatever it does', () => {
    expect(
      ask(commandOutputQuery, [
        asked('echo one; echo two >&2; exit 3'),
        asked('printf "%s" "$A"'),
        asked("echo 'unfinished"),
        asked('cat; exit', '/no/such/folder'),
        asked("printf 'a\\0b\\n'; cat"),
      ]),
    ).toMatchObject([
      { kind: 'ended', status: 3, output: 'one\ntwo\n' },
      { kind: 'ended', status: 0, output: 'b c' },
      { kind: 'ended', status: 2 },
      { kind: 'no-folder' },
      { kind: 'ended', status: 0, output: 'a\0b\n' },
    ])
  })

  it('of one that hangs is missing, and so is that of the next', () => {
    const commands = [asked('echo fine'), asked('sleep 60'), asked('echo late')]
    const short = commandOutputQuery.script(commands).replace('timeout -k 2 33 ', 'timeout -k 2 1 ')
    expect(commandOutputQuery.parse(runScript(short), commands).map(({ kind }) => kind)).toEqual([
      'ended',
      'hung',
      'not-reached',
    ])
  })
})

describe.each(['apply', 'plan'] as const)('in a run: %s', (mode) => {
  const run = (tasks: Parameters<typeof runLocally>[1]) => runLocally(join(temporaryFolder(), 'state'), tasks, { mode })

  it('it is no change, and what it prints decides what follows', async () => {
    const folder = temporaryFolder()
    const reading = command({ run: 'echo version 2', readOnly: true })
    const { events, result } = await run(() => [
      reading,
      after(reading, ({ output, changed }) => [
        output === 'version 2\n' && !changed && file({ path: join(folder, 'two'), content: '' }),
      ]),
    ])
    expect(endings(events)).toEqual(['ok command echo version 2', `changed file ${folder}/two`])
    expect(result.exitCode).toBe(0)
  })

  it('its failure is one, with what it printed', async () => {
    const { here, result } = await run(() => [command({ run: 'echo no such thing; exit 4', readOnly: true })])
    expect(result.exitCode).toBe(2)
    expect(here.error?.message).toContain('the command ended with status 4: echo no such thing; exit 4\nno such thing')
  })

  it('its failure is unknown while an earlier change may help', async () => {
    const path = join(temporaryFolder(), 'made')
    const { events } = await run(() => [
      file({ path, content: 'x' }),
      command({ title: 'look', run: `cat ${path}`, readOnly: true }),
    ])
    expect(endings(events).at(-1)).toBe(mode === 'plan' ? 'unknown look' : 'ok look')
    expect(existsSync(path)).toBe(mode === 'apply')
  })
})

it('is read anew after a change', async () => {
  const path = join(temporaryFolder(), 'version')
  const reading = command({ run: `cat ${path} || true`, readOnly: true })
  const heard: string[] = []
  await runLocally(join(temporaryFolder(), 'state'), () => [
    file({ path, content: 'new' }),
    reading,
    after(reading, ({ output }) => {
      heard.push(output)
      return []
    }),
  ])
  expect(heard).toEqual(['new'])
})
