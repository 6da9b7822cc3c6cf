/** The report of an operation, and what is left of it, against real shells: nothing is taken for ended while it is at work. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keepOwnRecord } from '../../../src/engine/host/host-folder.ts'
import { readReport, reportOperation } from '../../../src/engine/host/operation-report.ts'
import type { SectionResult } from '../../../src/protocol/section.ts'
import { LoopHere } from '../../protocol/loop-here.ts'

let folder: string
const loops: LoopHere[] = []
const at = (name: string) => join(folder, name)
const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
const waiting = () => `while [ ! -e '${at('go')}' ]; do sleep 0.05; done; echo done`

async function loop(run: string): Promise<LoopHere> {
  const made = new LoopHere(at(`runs/${run}`), '', `L='${at('runs')}'`)
  loops.push(made)
  await made.results(1)
  return made
}

/** A shell that is at a task. */
async function atWork(run: string): Promise<LoopHere> {
  const shell = await loop(run)
  shell.send([{ kind: 'run', script: waiting() }], '1')
  await expect.poll(() => existsSync(at(`runs/${run}/log`))).toBe(true)
  return shell
}

const report = (shell: LoopHere) => shell.ask([{ kind: 'session', script: reportOperation('1') }])
const read = (shell: LoopHere, [result]: SectionResult[]) => {
  if (!result) throw new Error('The shell has ended')
  return readReport(shell.answersIn(result))
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-'))
  mkdirSync(at('runs'), { mode: 0o700 })
})
afterEach(async () => {
  writeFileSync(at('go'), '')
  for (const loop of loops.splice(0)) await loop.end()
  rmSync(folder, { recursive: true, force: true })
})

describe('the report of an operation', () => {
  it('waits for a task that goes on although its shell was killed', async () => {
    const first = await atWork('one')
    first.child.kill('SIGKILL')
    const second = await loop('one')
    const asked = report(second)
    await Promise.race([asked, delay(500)])
    expect(second.stdout).not.toContain('begun')
    writeFileSync(at('go'), '')
    expect(read(second, await asked)).toMatchObject({ kind: 'begun', log: 'done\n' })
  })

  it('does not wait for a shell that was stopped, and does not say that it has ended', async () => {
    const first = await atWork('one')
    first.child.kill('SIGSTOP')
    const second = await loop('one')
    expect(read(second, await report(second))).toEqual({ kind: 'stopped', processId: first.child.pid })
    first.child.kill('SIGCONT')
  }, 30_000)

  it('does not wait for a later process with the same number', async () => {
    mkdirSync(at('runs/one'))
    writeFileSync(at('runs/one/1'), `${process.pid} 1 ${boot}\n`)
    writeFileSync(at('runs/one/log'), 'half')
    const shell = await loop('one')
    expect(read(shell, await report(shell))).toEqual({ kind: 'begun', status: undefined, log: 'half' })
  })

  it('is that it never began where the folder of the run is not there yet, and then it never will', async () => {
    const [late, shell] = [await loop('one'), await loop('one')]
    expect(read(shell, await report(shell))).toEqual({ kind: 'absent' })
    late.send([{ kind: 'run', script: `touch '${at('done')}'` }], '1')
    expect(await late.closed).toBe(73)
    expect(existsSync(at('done'))).toBe(false)
    shell.write('0\n')
    await shell.closed
    expect(readdirSync(at('runs'))).toEqual([])
  })

  it('is that nothing is known where the folder is gone and cannot be made', async () => {
    const shell = await loop('gone/one')
    expect(read(shell, await report(shell))).toEqual({ kind: 'begun', status: undefined, log: '' })
  })
})

describe('a user without the lock', () => {
  const keep = async (shell: LoopHere) => {
    const [result] = await shell.ask([{ kind: 'session', script: keepOwnRecord }])
    expect(shell.answersIn(result).answers).toEqual(['ready'])
  }
  const left = () => readdirSync(at('runs')).sort()

  it('removes what runs of its own left behind, but nothing of a task that is at work', async () => {
    const [busy, chain, idle, gone] = [
      await atWork('busy'),
      await atWork('chain'),
      await loop('idle'),
      await loop('gone'),
    ]
    chain.child.kill('SIGKILL')
    await idle.ask([{ kind: 'run', script: ':' }], '1')
    await gone.ask([{ kind: 'run', script: ':' }], '1')
    gone.child.kill('SIGKILL')
    await gone.closed
    // Its shell is just making its record.
    mkdirSync(at('runs/new'))
    await keep(await loop('two'))
    expect(left()).toEqual(['busy', 'chain', 'idle', 'new'])
    writeFileSync(at('go'), '')
    await busy.results(1)
    busy.child.kill('SIGKILL')
    await busy.closed
    await keep(await loop('three'))
    const afterNext = async () => {
      await keep(await loop('four'))
      return left()
    }
    await expect.poll(afterNext).toEqual(['idle', 'new'])
  })
})
