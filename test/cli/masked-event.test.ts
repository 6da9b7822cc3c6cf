/** Events on their way to a reporter: no text of theirs holds the value of a secret, and names are left. */

import { expect, test } from 'vitest'
import { maskedEvent } from '../../src/cli/masked-event.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { FoobarDeployError } from '../../src/errors.ts'
import { Secret } from '../../src/shell/secret.ts'
import { applyEvents, planEvents } from '../report/recorded-events.ts'

new Secret('password', 'correct horse')
new Secret('name', 'host9')
const error = new FoobarDeployError('task', 'command-failed', 'A command failed', {
  detail: 'exit status 1\ncorrect horse is wrong',
  hint: 'Not correct horse.',
  task: 'command echo correct horse',
  host: 'web1',
})

test('every text is masked, also of errors, and nothing is lost', () => {
  const task = { index: 0, title: 'command echo correct horse', type: 'command', play: 'Web' }
  const change = {
    key: 'content',
    from: 'correct horse',
    to: ['correct horse'],
    text: { path: '/x', to: 'correct horse' },
  }
  const event = {
    type: 'task-finished',
    host: 'web1',
    task,
    status: 'failed',
    changes: [change],
    diffs: ['+correct horse\n'],
    reason: 'correct horse',
    error,
    durationMs: 3,
  } as unknown as RunEvent
  const masked = maskedEvent(event)
  expect(JSON.stringify(masked)).not.toContain('correct horse')
  const { detail, hint, task: place } = (masked as { error: FoobarDeployError }).error
  expect(`${detail} ${hint} ${place}`).toBe('exit status 1\n******** is wrong Not ********. command echo ********')
  expect(masked).toMatchObject({
    host: 'web1',
    status: 'failed',
    durationMs: 3,
    error: { code: 'command-failed', exitCode: 2 },
  })
})

test('hosts keep their names in the recap, where a secret is called so', () => {
  const recap = { host9: { error, notReached: ['correct horse'], pendingHandlers: [], statuses: { ok: 1 } } }
  const masked = maskedEvent({ type: 'run-finished', mode: 'apply', recap } as unknown as RunEvent)
  expect(masked).toMatchObject({
    recap: { host9: { notReached: ['********'], statuses: { ok: 1 }, error: { host: 'web1' } } },
  })
})

test('events without secrets are as they were', () => {
  for (const event of [...applyEvents, ...planEvents]) expect(maskedEvent(event)).toEqual(event)
})
