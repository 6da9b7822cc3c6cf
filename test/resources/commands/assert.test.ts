/** Assertions in runs: a false one ends the host’s run before its first change, in a plan too. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { assert, file } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { endings, runLocally } from '../../engine/local-run.ts'
import { temporaryFolder } from '../run-script.ts'

describe('assert', () => {
  it.each(['apply', 'plan'] as const)('fails with its message and its place: %s', async (mode) => {
    const folder = temporaryFolder()
    const tasks = () => [
      file({ path: join(folder, 'before'), content: '' }),
      assert({ that: true, message: 'one' }),
      assert({ that: false, message: 'two' }),
    ]
    const { result, events, here } = await runLocally(join(folder, 'state'), tasks, { mode })
    expect(endings(events)).toEqual([expect.stringMatching(/^failed assert commands\/assert\.test\.ts:\d+$/)])
    expect(existsSync(join(folder, 'before'))).toBe(false)
    expect(result.exitCode).toBe(2)
    expect(here.error).toMatchObject({
      code: 'assertion-failed',
      detail: 'two',
      hint: 'Nothing was changed on this host.',
      at: { file: import.meta.filename },
    })
  })

  it('is not listed by its message when it is not reached', async () => {
    const tasks = () => [assert({ that: false, message: 'one' }), assert({ that: true, message: 'two is wrong' })]
    const { here } = await runLocally(join(temporaryFolder(), 'state'), tasks)
    expect(here.notReached).toContainEqual(expect.stringMatching(/^assert commands\/assert\.test\.ts:\d+$/))
    expect(here.notReached.join()).not.toContain('two is wrong')
  })
})
