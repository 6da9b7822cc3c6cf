/** What speaks against a server that was declared primary or replica, before anything is changed. */

import { describe, expect, it } from 'vitest'
import { mysqlStanding } from '../../../roles/mysql/standing.ts'
import type { Task } from '../../../src/model/task-tree.ts'
import { stateOf } from '../../resources/play-case.ts'

function judge(role: 'primary' | 'replica', stdout: string): unknown {
  const task = mysqlStanding({ role, host: 'web1', flavor: 'mysql', peers: [] }) as Task
  return stateOf(task, { 'mysql-standing': { status: 0, stdout: `${stdout}---\n`, stderr: '' } })
}

const source = 'Source_Host: 198.51.100.12\n'
const [open, closed] = ['is_closed: 0\n', 'is_closed: 1\n']
const [isEmpty, hasExecuted] = ['has_executed: 0\n', 'has_executed: 1\n']

describe('what was declared a replica', () => {
  it.each([
    ['is not there', ''],
    ['was just installed, writable and without transactions', open + isEmpty],
    ['is a replica', closed + hasExecuted + source],
    ['is a replica that somebody made writable: the replica itself tells that', open + hasExecuted + source],
    ['is read-only and has transactions, as an old primary', closed + hasExecuted],
  ])('and %s is left to the tasks that follow', (_name, stdout) => {
    expect(judge('replica', stdout)).toEqual({})
  })

  it('and is writable with transactions of its own is refused', () => {
    expect(() => judge('replica', open + hasExecuted)).toThrow(/is writable and has transactions of its own/)
  })
})

describe('what was declared the primary', () => {
  it.each([
    ['is not there', ''],
    ['is writable', open + hasExecuted],
    ['is closed, and nothing speaks against it', closed + hasExecuted],
  ])('and %s is left to the tasks that follow', (_name, stdout) => {
    expect(judge('primary', stdout)).toEqual({})
  })

  it.each([
    ['replicates from another', closed + hasExecuted + source, /replicates from 198\.51\.100\.12/],
    [
      'has a peer that is writable',
      `${closed}${hasExecuted}objection: web2 is writable: this server stays read-only\n`,
      /but web2 is writable$/,
    ],
  ])('and %s is refused', (_name, stdout, message) => {
    expect(() => judge('primary', stdout)).toThrow(message)
  })
})
