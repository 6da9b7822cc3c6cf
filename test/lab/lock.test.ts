/** A lock is had by one at a time, and is free again however its holder ended. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withLock } from '../../src/lab/lock.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'))
})
afterAll(() => rm(directory, { recursive: true }))

describe('withLock', () => {
  it('lets one in at a time, and tells who waits', async () => {
    const file = join(directory, 'a')
    const order: string[] = []
    let waits = 0
    const enter = (name: string) =>
      withLock(
        file,
        () => waits++,
        async () => {
          order.push(`${name} in`)
          await new Promise((resolve) => setTimeout(resolve, 20))
          order.push(`${name} out`)
        },
      )
    await Promise.all([enter('one'), enter('two')])
    expect(order.map((entry) => entry.split(' ')[1])).toEqual(['in', 'out', 'in', 'out'])
    expect(waits).toBe(1)
  })

  it('is free again after a failure', async () => {
    const file = join(directory, 'b')
    await expect(
      withLock(
        file,
        () => {},
        () => Promise.reject(new Error('no')),
      ),
    ).rejects.toThrow('no')
    expect(
      await withLock(
        file,
        () => expect.unreachable(),
        async () => 'in',
      ),
    ).toBe('in')
  })

  it('is free again after its holder was killed', async () => {
    const file = join(directory, 'c')
    const lock = fileURLToPath(new URL('../../src/lab/lock.ts', import.meta.url))
    const program = `import { withLock } from ${JSON.stringify(lock)}
      await withLock(${JSON.stringify(file)}, () => {}, () => { console.log('in'); return new Promise(() => setInterval(() => {}, 1000)) })`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', program])
    await once(holder.stdout, 'data')
    let waited = false
    const entered = withLock(
      file,
      () => {
        waited = true
        holder.kill('SIGKILL')
      },
      async () => 'in',
    )
    expect(await entered).toBe('in')
    expect(waited).toBe(true)
  })
})
