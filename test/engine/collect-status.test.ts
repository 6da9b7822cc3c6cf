/** What the probes of roles say, on this machine and on one that cannot be reached. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineInventory, definePlaybook, defineRole, sh, statusProbe, z } from 'foobar-deploy'
import { afterAll, expect, it } from 'vitest'
import { collectStatus } from '../../src/engine/collect-status.ts'
import { FoobarDeployError } from '../../src/errors.ts'
import { transportWithStateIn } from './own-state.ts'

const folder = mkdtempSync(join(tmpdir(), 'collect-status-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const queue = defineRole({
  name: 'queue',
  variables: z.strictObject({ text: z.string() }),
  tasks: () => [],
  status: ({ vars, host, hosts }) => [
    statusProbe({
      section: 'Queues',
      script: sh`echo ${vars.text} on ${host.name} of ${hosts().length}; exit 3`,
      parse: ({ status, stdout }) => [{ state: { text: `${stdout.trim()}: ${status}`, level: 'bad' } }],
    }),
    statusProbe({ section: 'Kernel', script: sh`uname -s`, parse: ({ stdout }) => [{ kernel: stdout.trim() }] }),
    statusProbe({
      section: 'Broken',
      script: sh`true`,
      parse: () => {
        throw new Error('no number')
      },
    }),
  ],
})

it('says what each probe of each role says, and who could not be asked', async () => {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web', 'other'],
    plays: () => [
      { name: 'Web', hosts: 'web', roles: [queue({ text: 'a b' })] },
      { name: 'Other', hosts: 'other', roles: [queue({ text: 'never' })] },
    ],
  })
  const inventory = defineInventory({
    playbook,
    hosts: { here: { address: 'local' }, gone: { address: 'gone', unavailable: 'switched off' } },
    groups: { web: ['here', 'gone'], other: [] },
  })
  const local = transportWithStateIn(folder)
  const connect: typeof local.connect = async (target, stop) => {
    if (target.name === 'gone') throw new FoobarDeployError('unreachable', 'unreachable', 'The host cannot be reached')
    return local.connect(target, stop)
  }
  const request = { inventory, limit: [], forks: 2, overrides: [] }
  const statuses = await collectStatus(request, { transport: { ...local, connect } }, undefined)
  expect(statuses.get('here')).toEqual([
    { section: 'Queues', rows: [{ state: { text: 'a b on here of 2: 3', level: 'bad' } }] },
    { section: 'Kernel', rows: [{ kernel: 'Linux' }] },
    { section: 'Broken', rows: [{ state: { text: 'not understood: no number', level: 'bad' } }] },
  ])
  expect(statuses.get('gone')).toMatchObject({ family: 'unreachable', host: 'gone' })
})
