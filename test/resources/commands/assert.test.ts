/** Assertions in runs: a false one fails its task, in a plan also where a change is still to be made before it. */

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
    expect(endings(events)).toEqual([`changed file ${folder}/before`, 'ok assert one', 'failed assert two'])
    expect(result.exitCode).toBe(2)
    expect(here.error).toMatchObject({ code: 'assertion-failed', detail: 'two', at: { file: import.meta.filename } })
  })
})
