/** Expected changes: on which host they are, and which of them a task may wait for. */

import { directory, file, mysqlUser, type Task } from 'foobar-deploy'
import { expect, it } from 'vitest'
import type { CompiledTask } from '../../../src/engine/compile/compiled-play.ts'
import { ExpectedChanges } from '../../../src/engine/plan/expected-changes.ts'
import type { Need } from '../../../src/plan/provision.ts'

function compiled(task: Task): CompiledTask {
  const reference = { index: 0, title: task.title, type: task.resource.type, play: 'Only' }
  return { kind: 'task', task, reference, user: undefined, tags: [] }
}

const lacking = (...needs: Need[]) => ({ kind: 'unavailable', reason: 'lacking', hint: undefined, needs }) as const
const folder = (delegateTo?: string) =>
  compiled(directory({ title: 'folder', path: '/srv/a', ...(delegateTo ? { delegateTo } : {}) }))
const inside = (delegateTo?: string) =>
  compiled(file({ path: '/srv/a/f', content: '', ...(delegateTo ? { delegateTo } : {}) }))
const path = lacking('path /srv/a')

it('a change is on the host of its task, or on the one that it is delegated to', () => {
  const expected = new ExpectedChanges()
  expected.add('a', folder('b'), undefined)
  expect(expected.providerFor('a', inside(), path)).toBeUndefined()
  expect(expected.providerFor('a', inside('b'), path)).toBe('folder')
  expected.beginBatch()
  expect(expected.providerFor('b', inside(), path)).toBe('folder on a')
  expect(expected.providerFor('c', inside(), path)).toBeUndefined()
})

it('what other hosts change counts from the next batch on', () => {
  const expected = new ExpectedChanges()
  expected.beginBatch()
  expected.add('a', folder('b'), undefined)
  expect(expected.providerFor('b', inside(), path)).toBeUndefined()
  expected.beginBatch()
  expect(expected.providerFor('b', inside(), path)).toBe('folder on a')
})

it('an account may be on another host', () => {
  const expected = new ExpectedChanges()
  expected.add('a', compiled(mysqlUser({ title: 'account', name: 'repl', host: '%', state: 'absent' })), undefined)
  expected.beginBatch()
  expect(expected.providerFor('b', inside(), lacking('account repl'))).toBe('account on a')
  expect(expected.providerFor('b', inside(), lacking('account app'))).toBeUndefined()
})
