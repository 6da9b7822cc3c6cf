/** The loop against a real sh: how it starts, what it says of itself, and what does not end it. */

import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bootstrapCommand, parseGreeting } from '../../src/protocol/bootstrap.ts'
import { LoopHere } from './loop-here.ts'

let folder: string
const at = (name: string) => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bootstrap-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the loop', () => {
  it('greets with the boot, its process and nothing of writing where that was not asked', async () => {
    const shell = new LoopHere(at('run'))
    const [greeting] = await shell.results(1)
    expect(parseGreeting(shell.answersIn(greeting).answers)).toEqual({
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      processId: shell.child.pid,
      readOnly: undefined,
      writable: [],
    })
    shell.write('0\n')
    expect(await shell.closed).toBe(0)
  })

  it('starts scripts in /, with umask 022 and a UTF-8 locale', async () => {
    const shell = new LoopHere(at('run'), `cd '${folder}'; umask 077; export LC_ALL=C`)
    await shell.results(1)
    const [result] = await shell.ask([{ kind: 'read', script: 'pwd; umask; echo $LC_ALL' }])
    expect(result?.stdout.toString()).toBe('/\n0022\nC.UTF-8\n')
    shell.write('0\n')
    await shell.closed
  })

  it('ends at the end of its input, after what it is at, and leaves the record', async () => {
    const shell = new LoopHere(at('run'))
    await shell.results(1)
    shell.send([{ kind: 'run', script: 'echo x' }], '1')
    shell.child.stdin.end()
    await shell.closed
    expect(existsSync(at('run/1.status'))).toBe(true)
  })

  it.each(['SIGHUP', 'SIGPIPE'] as const)('goes on with its message after %s', async (signal) => {
    const shell = new LoopHere(at('run'))
    await shell.results(1)
    shell.send([
      { kind: 'session', script: `echo >'${at('begun')}'; while [ ! -e '${at('go')}' ]; do sleep 0.05; done` },
      { kind: 'session', script: `echo x >'${at('done')}'` },
    ])
    await expect.poll(() => existsSync(at('begun'))).toBe(true)
    process.kill(shell.child.pid ?? 0, signal)
    writeFileSync(at('go'), '')
    await shell.results(2)
    expect(existsSync(at('done'))).toBe(true)
    shell.write('0\n')
    await shell.closed
  })
})

describe('a greeting', () => {
  const greeting = (writing: string) => parseGreeting(['boot b', 'shell 7', `writing ${writing}`])

  it('says how far writing is refused, and where it is not', () => {
    expect(greeting('enforced')).toMatchObject({ readOnly: true, writable: [] })
    expect(greeting('enforced /srv/a /srv/b')).toMatchObject({ readOnly: true, writable: ['/srv/a', '/srv/b'] })
    expect(greeting('open')).toMatchObject({ readOnly: false })
  })

  it('is none without a boot or a process', () => {
    expect(parseGreeting(['shell 7'])).toBeUndefined()
    expect(parseGreeting(['boot b', 'shell x'])).toBeUndefined()
  })
})

it('no command shows what the host is to print before it is ready', () => {
  const ready = randomBytes(16).toString('hex')
  for (const user of [undefined, 'root', 'app']) {
    for (const readOnly of [true, false]) {
      expect(bootstrapCommand({ user, readOnly, ready, passwordPrompt: undefined })).not.toContain(ready)
    }
  }
})
