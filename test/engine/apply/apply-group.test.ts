/** A group of tasks whose connection was lost: what the host may not have on record is recorded again. */

import { command, file, handler } from 'foobar-deploy'
import { expect, it } from 'vitest'
import { applyGroup } from '../../../src/engine/apply/apply-group.ts'
import type { CompiledTask } from '../../../src/engine/compile/compiled-play.ts'
import type { OperationOutcome } from '../../../src/engine/host/host-link.ts'
import type { HostRun } from '../../../src/engine/host/host-run.ts'
import { PendingHandlers } from '../../../src/engine/host/pending-handlers.ts'

/** What the host was asked, in order, by a group of one task with a handler, which ended with `outcome`. */
async function askedBy(outcome: OperationOutcome): Promise<string[]> {
  const asked: string[] = []
  const task = file({
    path: '/etc/x',
    content: 'a',
    notify: handler('reload x', command({ run: 'true', always: true })),
  })
  const reference = { index: 0, play: 'Only', title: task.title, type: 'file' }
  const compiled: CompiledTask = { kind: 'task', task, reference, user: 'root', tags: [] }
  const link = {
    target: { settings: {} },
    operate: async () => {
      asked.push('operation')
      return outcome
    },
  }
  const host = {
    name: 'web1',
    user: 'root',
    link,
    shared: { diff: false, emit: () => {} },
    executor: async () => host,
    progress: { begin: () => {}, timed: (_: string, work: () => unknown) => work() },
    pending: new PendingHandlers(async (script) => asked.push(script.includes('reload%20x') ? 'record' : script)),
    cache: { replace: () => {}, read: async () => asked.push('read'), get: () => undefined },
  }
  const state = { path: '/etc/x' }
  await applyGroup(host as unknown as HostRun, [{ compiled, reading: { kind: 'state', state, changes: [] } }], [])
  expect(host.pending.has('reload x')).toBe(true)
  return asked
}

it('records the handlers of an operation of which nobody knows how far it came', async () => {
  expect(await askedBy({ kind: 'recovered', status: undefined, log: '' })).toEqual(['operation', 'record', 'read'])
})

it('does not record them again where the operation has ended', async () => {
  expect(await askedBy({ kind: 'recovered', status: 0, log: '' })).toEqual(['operation', 'read'])
})
