/** Statuses as people read them. */

import { expect, it } from 'vitest'
import { FoobarDeployError } from '../../src/errors.ts'
import { makePaint } from '../../src/report/paint.ts'
import { statusText } from '../../src/report/status-text.ts'

const plain = makePaint(false)
const good = { text: 'UP', level: 'good' } as const
const bad = { text: 'DOWN\u001b[2J', level: 'bad' } as const

it('is a table for each section, with a host named once and a last line that sums up', () => {
  const rows = [
    { host: 'web1', row: { server: 'one', state: good, sessions: 12 } },
    { host: 'web1', row: { server: 'two', state: bad } },
    { host: 'web2', row: { server: 'one', note: 'drained' } },
  ]
  const error = new FoobarDeployError('unreachable', 'x', 'No way', { detail: 'timeout', hint: 'Wait.' })
  expect(statusText({ tables: [{ section: 'Backends', rows }], unreachable: [{ host: 'web3', error }] }, plain)).toBe(`\
Backends
  host  server  state  sessions  note
  web1  one     UP     12
        two     DOWN
  web2  one                      drained

web3 could not be queried: No way: timeout
  hint: Wait.
1 bad, 1 host unreachable
`)
})

it('says that all is well, or that there is nothing to see', () => {
  const tables = [{ section: 'A', rows: [{ host: 'web1', row: { state: good } }] }]
  expect(statusText({ tables, unreachable: [] }, plain)).toMatch(/\nAll is well\.\n$/)
  expect(statusText({ tables: [], unreachable: [] }, plain)).toBe('No role of this playbook has a status to show.\n')
})

it('does not call a host unreachable when the user interrupted', () => {
  const error = new FoobarDeployError('interrupted', 'interrupted', 'The run was interrupted')
  expect(statusText({ tables: [], unreachable: [{ host: 'web1', error }] }, plain)).toBe(
    'web1 could not be queried: The run was interrupted\ninterrupted\n',
  )
})

it('colours by how good things are', () => {
  const row = { a: good, b: bad, c: { text: 'so so', level: 'warning' } as const }
  const text = statusText(
    { tables: [{ section: 'A', rows: [{ host: 'web1', row }] }], unreachable: [] },
    makePaint(true),
  )
  expect(text).toContain('\u001b[32mUP')
  expect(text).toContain('\u001b[31mDOWN')
  expect(text).toContain('\u001b[33mso so')
  expect(text).not.toContain('\u001b[2J')
})
