/** A plan cannot write on a real host, whoever its tasks are read as. */

import { expect, it } from 'vitest'
import { command } from '../../src/index.ts'
import { applyOnLab, labFor } from './on-lab.ts'

const lab = labFor('test-read-only')

it.each([
  ['root', 'root'],
  ['the login user', false],
  ['another user', 'daemon'],
] as const)('as %s', async (_name, become) => {
  const touch = `touch /tmp/written-${become}; id -un`
  const tasks = () => [command({ run: 'true', unless: touch, become })]
  const { web1, events } = await applyOnLab(lab.inventory(tasks), { mode: 'plan' })
  expect(web1.error).toBeUndefined()
  expect(events.filter(({ type }) => type === 'notice')).toEqual([])
  expect(await lab.ssh('web1', `ls /tmp | grep -c written || true`)).toBe('0')
})

it('where the same guards would write if they could', async () => {
  const tasks = () => [command({ run: 'true', unless: 'touch /tmp/written', become: false })]
  const { web1 } = await applyOnLab(lab.inventory(tasks))
  expect(web1.statuses.ok).toBe(1)
  expect(await lab.ssh('web1', 'stat -c %U /tmp/written')).toBe('vagrant')
})
