/** The lock against real shells on this machine: who gets it, who loses it, and what is left of runs that are gone. */

import { execFileSync, spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquireLock, heartbeatMs, leaseSeconds } from '../../../src/engine/host/host-lock.ts'
import { endHolder, printHolder, readHolder } from '../../../src/engine/host/lock-holder.ts'
import { readReport, reportOperation } from '../../../src/engine/host/operation-report.ts'
import { encodeMessage, endOfContent } from '../../../src/protocol/message.ts'
import { LoopHere } from '../../protocol/loop-here.ts'

let folder: string
const loops: LoopHere[] = []
const at = (name: string) => join(folder, name)
const owner = (linkId: string, description = 'ann@desk') => ({ runId: 'a1b2c3', linkId, description })

async function loop(run: string, before?: string): Promise<LoopHere> {
  const made = new LoopHere(at(`runs/${run}`), before, `L='${at('runs')}'`)
  loops.push(made)
  await made.results(1)
  return made
}

async function lock(shell: LoopHere, linkId: string, attempt = 1, description?: string): Promise<string | undefined> {
  const [result] = await shell.ask([{ kind: 'session', script: acquireLock(owner(linkId, description), attempt) }])
  return shell.answersIn(result).answers.at(-1)
}

async function ask(shell: LoopHere, script: string): Promise<string> {
  const [result] = await shell.ask([{ kind: 'read', script }])
  return result?.stdout.toString() ?? ''
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.end()
  rmSync(folder, { recursive: true, force: true })
})

describe('the lock', () => {
  it('is held by one, and names that one to the next', async () => {
    const [first, second] = [await loop('one'), await loop('two')]
    expect(await lock(first, '1')).toBe('held')
    expect(await lock(second, '2')).toBe('busy ann@desk')
    first.write('0\n')
    await first.closed
    expect(await lock(second, '2')).toBe('held ann@desk')
  })

  it('can be opened by its owner alone', async () => {
    await lock(await loop('one'), '1')
    expect(statSync(at('runs')).mode & 0o777).toBe(0o700)
    expect(statSync(at('runs/lock')).mode & 0o777).toBe(0o600)
  })

  it('closes a folder that others could read', async () => {
    mkdirSync(at('runs'), { mode: 0o755 })
    expect(await lock(await loop('one'), '1')).toBe('held')
    expect(statSync(at('runs')).mode & 0o777).toBe(0o700)
  })

  it.each([0o777, 0o770, 0o720])('is not taken below a folder of mode %o', async (mode) => {
    mkdirSync(at('runs'))
    execFileSync('chmod', [mode.toString(8), folder])
    expect(await lock(await loop('one'), '1')).toBe(`unsafe others can write to ${folder}`)
    expect(existsSync(at('runs/lock'))).toBe(false)
  })

  it('is not taken in the folder of somebody else', async () => {
    mkdirSync(at('runs'))
    execFileSync('chown', ['12345', at('runs')])
    expect(await lock(await loop('one'), '1')).toBe(`unsafe ${at('runs')} belongs to somebody else`)
  })

  it('is not held where its owner cannot be written down', async () => {
    mkdirSync(at('runs'))
    symlinkSync('/nowhere/owner', at('runs/owner'))
    const shell = await loop('one')
    expect(await lock(shell, '1')).toBeUndefined()
    const next = await loop('two')
    rmSync(at('runs/owner'))
    expect(await lock(next, '2')).toBe('held')
  })

  it('goes with its shell, also where that is killed while it has nothing to do', async () => {
    const [first, second] = [await loop('one'), await loop('two')]
    await lock(first, '1')
    first.child.kill('SIGKILL')
    await expect.poll(() => lock(second, '2')).toBe('held ann@desk')
  })

  it('stays while a task is at work, also where its shell is killed', async () => {
    const [first, second] = [await loop('one'), await loop('two')]
    await lock(first, '1')
    first.send([{ kind: 'run', script: `while [ ! -e '${at('go')}' ]; do sleep 0.05; done` }], '1')
    await expect.poll(() => existsSync(at('runs/one/log'))).toBe(true)
    first.child.kill('SIGKILL')
    expect(await lock(second, '2')).toBe('busy ann@desk')
    writeFileSync(at('go'), '')
    await expect.poll(() => lock(second, '2')).toBe('held ann@desk')
  })
})

describe('a lock of the same link', () => {
  it('is taken over from a shell that has nothing to do, which ends', async () => {
    const [first, second] = [await loop('one'), await loop('one')]
    await lock(first, '1', 1)
    expect(await lock(second, '1', 2)).toBe('held')
    await first.closed
  })

  it('is taken over from a shell that is at work when it has finished, and what it did is on record', async () => {
    const [first, second] = [await loop('one'), await loop('one')]
    await lock(first, '1', 1)
    first.send([{ kind: 'run', script: `while [ ! -e '${at('go')}' ]; do sleep 0.05; done; echo done; exit 3` }], '1')
    await expect.poll(() => existsSync(at('runs/one/log'))).toBe(true)
    const again = lock(second, '1', 2)
    await Promise.race([again, delay(300)])
    expect(second.stdout).not.toContain('held')
    writeFileSync(at('go'), '')
    expect(await again).toBe('held')
    const [result] = await second.ask([{ kind: 'session', script: reportOperation('1') }])
    expect(readReport(second.answersIn(result))).toEqual({ kind: 'begun', status: 3, log: 'done\n' })
  })

  it('is not taken over by a message that comes late by an older connection, and its shell ends', async () => {
    const [late, second] = [await loop('one'), await loop('one')]
    expect(await lock(second, '1', 2)).toBe('held')
    await lock(late, '1', 1)
    await late.closed
    expect(late.stdout).toContain('=stale\n')
    expect(await ask(second, 'echo on')).toBe('on\n')
  })

  it('is no lock of another link of the same run', async () => {
    const [first, second] = [await loop('one'), await loop('two')]
    await lock(first, '1', 1)
    expect(await lock(second, '2', 2)).toBe('busy ann@desk')
  })
})

describe('an operation that nobody heard of', () => {
  it('is reported as absent, and is refused when it comes late', async () => {
    const [late, second] = [await loop('one'), await loop('one')]
    mkdirSync(at('runs/one'), { recursive: true, mode: 0o700 })
    const [result] = await second.ask([{ kind: 'session', script: reportOperation('7') }])
    expect(readReport(second.answersIn(result))).toEqual({ kind: 'absent' })
    late.send([{ kind: 'run', script: `touch '${at('done')}'` }], '7')
    expect(await late.closed).toBe(73)
    expect(existsSync(at('done'))).toBe(false)
    await second.ask([{ kind: 'run', script: `touch '${at('done')}'` }], '8')
    expect(existsSync(at('done'))).toBe(true)
  })
})

describe('a record that a full disk did not take', () => {
  it('is reported as absent, since the message was refused', async () => {
    const shell = await loop('one')
    await lock(shell, '1')
    mkdirSync(at('runs/one'), { recursive: true })
    writeFileSync(at('runs/one/7'), '')
    const [result] = await shell.ask([{ kind: 'session', script: reportOperation('7') }])
    expect(readReport(shell.answersIn(result))).toEqual({ kind: 'absent' })
  })
})

describe('what runs left behind', () => {
  it('goes with the next run, except for a task that is at work yet, which keeps it out', async () => {
    mkdirSync(at('runs'), { mode: 0o700 })
    const gone = await loop('gone')
    await gone.ask([{ kind: 'run', script: 'echo x' }], '1')
    gone.child.kill('SIGKILL')
    await gone.closed
    const busy = await loop('busy')
    busy.send([{ kind: 'run', script: `while [ ! -e '${at('go')}' ]; do sleep 0.05; done` }], '1')
    await expect.poll(() => existsSync(at('runs/busy/log'))).toBe(true)
    const next = await loop('next')
    expect(await lock(next, '9')).toMatch(/^busy .*the task that it was at goes on as process \d+$/)
    expect(readdirSync(at('runs')).sort()).toEqual(['busy', 'lock'])
    writeFileSync(at('go'), '')
    await busy.results(1)
    await expect.poll(() => lock(next, '9')).toMatch(/^held/)
    // It has nothing to do, but it is there.
    expect(readdirSync(at('runs')).sort()).toEqual(['beat', 'busy', 'lock', 'owner'])
    busy.child.kill('SIGKILL')
    await busy.closed
    next.write('0\n')
    await next.closed
    await expect.poll(async () => lock(await loop('last'), '10')).toMatch(/^held/)
    expect(readdirSync(at('runs')).sort()).toEqual(['beat', 'lock', 'owner'])
  })

  it('goes too where it was received for systemd to judge, and was not moved into the folder of the run yet', async () => {
    const received = `/run/.test-${process.pid}.service.verify.foobar-deploy`
    writeFileSync(received, '[Unit]\n')
    expect(await lock(await loop('next'), '9')).toBe('held')
    expect(existsSync(received)).toBe(false)
  })

  it('goes with the next run where its shell is just ending', async () => {
    const ending = spawn('sleep', ['60'])
    const started = readFileSync(`/proc/${ending.pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ')[19]
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    mkdirSync(at('runs/old'), { recursive: true })
    writeFileSync(at('runs/old/shell'), `${ending.pid} ${started} ${boot} idle\n`)
    // It ends while the next run looks at it for the second time.
    mkdirSync(at('bin'))
    writeFileSync(at('bin/sleep'), `#!/bin/sh\nkill ${ending.pid}\nexec /bin/sleep "$@"\n`, { mode: 0o755 })
    expect(await lock(await loop('next', `PATH='${at('bin')}':$PATH`), '9')).toBe('held')
    expect(existsSync(at('runs/old'))).toBe(false)
  })

  it('of a process with the same number from before is not taken for one that is at work', async () => {
    mkdirSync(at('runs/old'), { recursive: true })
    writeFileSync(at('runs/old/shell'), `${process.pid} 1 0-0-0 busy\n`)
    expect(await lock(await loop('next'), '9')).toBe('held')
    expect(existsSync(at('runs/old'))).toBe(false)
  })
})

describe('a folder that says that its shell is at work', () => {
  const started = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ')[19]
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const says = `${process.pid} ${started} ${boot} busy\n`

  it('keeps a run out if that shell belongs to the owner of the folder', async () => {
    mkdirSync(at('runs/old'), { recursive: true })
    writeFileSync(at('runs/old/shell'), says)
    expect(await lock(await loop('next'), '9')).toMatch(/^busy/)
  })

  it('keeps nobody out if it names the process of another user', async () => {
    mkdirSync(at('runs/old'), { recursive: true })
    writeFileSync(at('runs/old/shell'), says)
    chownSync(at('runs/old'), 65_533, 65_533)
    expect(await lock(await loop('next'), '9')).toBe('held')
    expect(existsSync(at('runs/old'))).toBe(false)
  })

  it('is not asked through a link', async () => {
    mkdirSync(at('runs/old'), { recursive: true })
    writeFileSync(at('elsewhere'), says)
    symlinkSync(at('elsewhere'), at('runs/old/shell'))
    expect(await lock(await loop('next'), '9')).toBe('held')
  })
})

describe('the lease', () => {
  // The watch sleeps until the test says that time has passed.
  const ticking = () => {
    mkdirSync(at('bin'))
    const take = `mv '${at('tick')}' '${at('taken')}' 2>/dev/null`
    writeFileSync(
      at('bin/sleep'),
      `#!/bin/sh\nuntil ${take}; do [ -d '${at('bin')}' ] || exit; /bin/sleep 0.02; done\n`,
      { mode: 0o755 },
    )
    return `PATH='${at('bin')}':$PATH`
  }
  const tick = async () => {
    writeFileSync(at('tick'), '')
    await expect.poll(() => existsSync(at('tick'))).toBe(false)
  }
  const ticks = leaseSeconds / (heartbeatMs / 1000)

  it('ends a shell that has nothing to do and hears nothing', async () => {
    const shell = await loop('one', ticking())
    await lock(shell, '1')
    for (let count = 0; count <= ticks; count++) await tick()
    await shell.closed
    expect(await lock(await loop('two'), '2')).toBe('held ann@desk')
  })

  it('is renewed by each sign of life', async () => {
    const shell = await loop('one', ticking())
    await lock(shell, '1')
    const beat = () => readFileSync(at('runs/beat'), 'utf8')
    for (let count = 0; count < 2 * ticks; count++) {
      const before = beat()
      shell.write('\n')
      await expect.poll(beat).not.toBe(before)
      await expect.poll(beat).toMatch(/^idle/)
      await tick()
    }
    expect(await ask(shell, 'echo on')).toBe('on\n')
  })

  it('does not run while a task is at work', async () => {
    const shell = await loop('one', ticking())
    await lock(shell, '1')
    shell.send([{ kind: 'run', script: `while [ ! -e '${at('go')}' ]; do /bin/sleep 0.05; done; echo done` }], '1')
    await expect.poll(() => existsSync(at('runs/one/log'))).toBe(true)
    for (let count = 0; count < 2 * ticks; count++) await tick()
    writeFileSync(at('go'), '')
    expect((await shell.results(1))[0]?.stdout.toString()).toBe('done\n')
    expect(await ask(shell, 'echo on')).toBe('on\n')
  })

  it.each([
    ['a text', '100\n: and no more'],
    ['a small content', encodeMessage([{ kind: 'receive', path: '/tmp/never', content: 'x'.repeat(99) }], '1').head],
    ['a large content', encodeMessage([{ kind: 'receive', path: '/tmp/never', content: 'x'.repeat(1e6) }], '1').head],
  ])('ends a shell that waits for the rest of %s', async (_, begun) => {
    const shell = await loop('one', ticking())
    await lock(shell, '1')
    shell.write(begun)
    await expect.poll(() => readFileSync(at('runs/beat'), 'utf8')).toMatch(/^content/)
    // The server process of the connection is ended first; here is none, so what reads is ended at the next beat.
    for (let count = 0; count <= ticks + 1; count++) await tick()
    // Content that came in two parts was a sign of life in between.
    while (!(await Promise.race([shell.closed.then(() => true), delay(5000, false)]))) await tick()
    expect(await lock(await loop('two'), '2')).toBe('held ann@desk')
  })

  it('is renewed by each part of a content', async () => {
    const shell = await loop('one', ticking())
    await lock(shell, '1')
    const beat = () => readFileSync(at('runs/beat'), 'utf8')
    const content = 'x'.repeat(1e6)
    shell.expect(1)
    shell.write(encodeMessage([{ kind: 'receive', path: at('large'), content }], '1').head)
    for (let sent = 0; sent < content.length; sent += 100_000) {
      const before = beat()
      shell.write(content.slice(sent, sent + 100_000))
      await expect.poll(beat).not.toBe(before)
      await tick()
    }
    shell.write(endOfContent)
    expect((await shell.results(1))[0]?.status).toBe(0)
    expect(readFileSync(at('large'), 'utf8')).toBe(content)
  })

  it('leaves no process behind when the shell ends', async () => {
    const shell = await loop('one')
    await lock(shell, '1')
    const beat = () => readFileSync(at('runs/beat'), 'utf8')
    await expect.poll(beat).toMatch(/^idle \d+ \d+\n$/)
    const watch = Number(beat().split(' ')[2])
    expect(existsSync(`/proc/${watch}`)).toBe(true)
    shell.write('0\n')
    await shell.closed
    await expect.poll(() => existsSync(`/proc/${watch}`)).toBe(false)
  })
})

describe('a person', () => {
  const state = async (shell: LoopHere, script: string) => readHolder(await ask(shell, script))

  it('sees who holds the lock, and ends a shell that has nothing to do', async () => {
    const [first, other] = [await loop('one'), await loop('two')]
    expect(await state(other, printHolder)).toEqual({ kind: 'free' })
    await lock(first, '1', 1, 'ann@desk since today (site)')
    // It says that it is idle a moment after its answer.
    await expect
      .poll(() => state(other, printHolder))
      .toEqual({
        kind: 'held',
        processId: first.child.pid,
        work: undefined,
        silentSeconds: expect.any(Number),
        owner: 'ann@desk since today (site)',
      })
    expect(await state(other, endHolder({ processId: first.child.pid, owner: 'bob@laptop' }))).toMatchObject({
      kind: 'held',
    })
    expect(await state(other, endHolder({ processId: 1, owner: 'ann@desk since today (site)' }))).toMatchObject({
      kind: 'held',
    })
    const shown = { processId: first.child.pid, owner: 'ann@desk since today (site)' }
    expect(await state(other, endHolder(shown))).toEqual({ kind: 'free' })
    await first.closed
  })

  it('does not end what goes on although its shell was killed', async () => {
    const [first, other] = [await loop('one'), await loop('two')]
    await lock(first, '1')
    first.send(
      [{ kind: 'run', script: `while [ ! -e '${at('go')}' ]; do sleep 0.05; done; echo >'${at('done')}'` }],
      '1',
    )
    await expect.poll(() => existsSync(at('runs/one/log'))).toBe(true)
    first.child.kill('SIGKILL')
    await expect.poll(async () => (await state(other, printHolder))?.kind).toBe('held')
    const holders = () =>
      execFileSync('sh', ['-c', `ls -l /proc/[0-9]*/fd/9 2>/dev/null | grep '${at('runs/lock')}'; :`]).toString()
    const before = holders()
    const shown = await state(other, printHolder)
    if (shown?.kind !== 'held') throw new Error('The lock is free')
    expect(await state(other, endHolder(shown))).toMatchObject({ kind: 'held' })
    expect(holders()).toBe(before)
    writeFileSync(at('go'), '')
    await expect.poll(() => existsSync(at('done'))).toBe(true)
  })

  it('sees what a shell is at, and does not end that', async () => {
    // A person who is patient in a moment.
    mkdirSync(at('bin'))
    writeFileSync(at('bin/sleep'), '#!/bin/sh\n', { mode: 0o755 })
    const [first, other] = [await loop('one'), await loop('two', `PATH='${at('bin')}':$PATH`)]
    await lock(first, '1')
    first.send([{ kind: 'run', script: `/bin/sleep 300` }], '1')
    await expect.poll(() => existsSync(at('runs/one/log'))).toBe(true)
    const held = await state(other, endHolder({ processId: first.child.pid, owner: 'ann@desk' }))
    expect(held).toMatchObject({ kind: 'held', work: expect.stringMatching(/^\d+ \(sleep\)$/) })
    // Its connection is ended too, as the sshd of a host would.
    first.child.stdin.end()
    process.kill(Number((held as { work: string }).work.split(' ')[0]))
    await first.closed
    expect(existsSync(at('runs/one/1.status'))).toBe(true)
    expect(await state(other, printHolder)).toEqual({ kind: 'free' })
  })
})
