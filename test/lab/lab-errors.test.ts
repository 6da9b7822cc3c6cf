/** A full disk is told as what it is, wherever it is met; other failures stay what they are. */

import { describe, expect, it } from 'vitest'
import { FoobarDeployError } from '../../src/errors.ts'
import { explainFailure, hostOff, labChanged, labNotUp, unknownHost } from '../../src/lab/lab-errors.ts'

const command = (detail: string) =>
  new FoobarDeployError('environment', 'lab-command-failed', 'A command of the lab failed', { detail })

describe('explainFailure', () => {
  it.each([
    Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    Object.assign(new Error('EDQUOT: disk quota exceeded'), { code: 'EDQUOT' }),
    command('ssh-keygen: No space left on device'),
  ])('knows a full disk: %s', (thrown) => {
    expect(explainFailure(thrown)).toMatchObject({ family: 'environment', code: 'lab-disk-full' })
  })

  it.each([command('ip: no'), new TypeError('a bug'), Object.assign(new Error('no'), { code: 'EACCES' })])(
    'leaves %s',
    (thrown) => {
      expect(explainFailure(thrown)).toBe(thrown)
    },
  )
})

describe('errors of a lab', () => {
  it('say what helps', () => {
    const spec = {
      name: 'dev',
      suite: 'sid',
      packages: [],
      hosts: [{ name: 'web1', address: '198.51.100.11' }],
    } as const
    expect(labNotUp('dev')).toMatchObject({ code: 'lab-not-up', hint: 'Bring it up with `foobar-deploy lab up`.' })
    expect(labChanged('dev')).toMatchObject({ code: 'lab-changed', hint: expect.stringContaining('lab reset') })
    expect(unknownHost(spec, 'web9')).toMatchObject({ code: 'lab-unknown-host', hint: 'Lab dev has: web1.' })
    expect(hostOff('web1')).toMatchObject({ code: 'lab-host-off', hint: expect.stringContaining('lab start web1') })
  })
})
