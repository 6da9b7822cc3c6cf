/** The engine against real shells on this machine. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command, file, handler } from '../../src/index.ts'
import { endings, runLocally } from './local-run.ts'

type Rest = Parameters<typeof runLocally> extends [string, ...infer R] ? R : never

let folder: string
let state: string
const runOn = (...rest: Rest) => runLocally(state, ...rest)
const at = (name: string) => join(folder, name)

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'engine-state-'))
  folder = mkdtempSync(join(tmpdir(), 'engine-'))
})
afterEach(() => {
  for (const path of [folder, state]) rmSync(path, { recursive: true, force: true })
})

const files = (count: number) => () =>
  Array.from({ length: count }, (_, index) => file({ path: at(`f${index}`), content: `content ${index}\n` }))

describe('round trips', () => {
  it.each([10, 100, 1000])('a warm run of %i tasks makes two', async (count) => {
    for (let index = 0; index < count; index++) writeFileSync(at(`f${index}`), `content ${index}\n`, { mode: 0o644 })
    const { result, here } = await runOn(files(count))
    expect(here.statuses).toMatchObject({ ok: count, changed: 0, failed: 0 })
    expect(here.roundTrips).toBe(2)
    expect(result.exitCode).toBe(0)
  })

  it('a cold run makes one for each group of neighbours, and a second run makes two', async () => {
    const cold = await runOn(files(120))
    expect(cold.here.statuses.changed).toBe(120)
    expect(cold.here.roundTrips).toBeLessThanOrEqual(2 + 2 + 1)
    expect(readFileSync(at('f119'), 'utf8')).toBe('content 119\n')
    const warm = await runOn(files(120))
    expect(warm.here.statuses).toMatchObject({ ok: 120, changed: 0 })
    expect(warm.here.roundTrips).toBe(2)
  })
})

describe('order', () => {
  it('what a task changes is seen by those after it', async () => {
    const tasks = () => [
      command({ run: `echo one >${at('a')}`, creates: at('a') }),
      command({ run: `cp ${at('a')} ${at('b')}`, creates: at('b') }),
      file({ path: at('b'), content: 'one\n' }),
    ]
    const { events } = await runOn(tasks)
    expect(endings(events).map((line) => line.split(' ')[0])).toEqual(['changed', 'changed', 'ok'])
  })

  it('a failed task ends the host’s run; what comes after is named as not reached', async () => {
    const { result, here, events } = await runOn(() => [
      file({ path: at('first'), content: 'x' }),
      command({ title: 'breaks', run: 'echo it broke >&2; exit 7', creates: at('never') }),
      file({ title: 'after', path: at('after'), content: 'x' }),
    ])
    expect(result.exitCode).toBe(2)
    expect(here.error).toMatchObject({ code: 'command-failed', task: 'breaks', host: 'here' })
    expect(here.error?.detail).toContain('exit status 7')
    expect(here.error?.detail).toContain('it broke')
    expect(here.notReached).toEqual(['after'])
    expect(endings(events).at(-1)).toBe('failed breaks')
    expect(existsSync(at('after'))).toBe(false)
  })

  it('a signal is no exit status', async () => {
    const { here } = await runOn(() => [command({ run: 'kill -9 $$', creates: at('never') })])
    expect(here.error?.detail).toMatch(/killed by SIG|shell/)
  })

  it('a change that does not hold is a failure, not a success', async () => {
    const { here } = await runOn(() => [command({ run: 'true', creates: at('never') })])
    expect(here.error).toMatchObject({ code: 'not-converged' })
  })
})

describe('handlers', () => {
  const reload = () =>
    handler(`mark ${folder.split('/').at(-1)}`, command({ run: `echo x >>${at('handled')}`, always: true }))

  it('run once at the end, however often they are notified, and not in a run without changes', async () => {
    const notify = reload()
    const tasks = () => [
      file({ path: at('a'), content: '1', notify }),
      file({ path: at('b'), content: '2', notify }),
      command({ run: `test ! -e ${at('handled')} && touch ${at('last')}`, creates: at('last') }),
    ]
    await runOn(tasks)
    expect(readFileSync(at('handled'), 'utf8')).toBe('x\n')
    const { here } = await runOn(tasks)
    expect(here.statuses.changed).toBe(0)
    expect(readFileSync(at('handled'), 'utf8')).toBe('x\n')
  })

  it('stay pending after a failure, and run in the next run', async () => {
    const notify = reload()
    const failing = await runOn(() => [
      file({ path: at('a'), content: '1', notify }),
      command({ run: 'false', creates: at('never') }),
    ])
    expect(failing.here.pendingHandlers).toEqual([notify.name])
    expect(existsSync(at('handled'))).toBe(false)
    const next = await runOn(() => [file({ path: at('a'), content: '1', notify })])
    expect(next.here.pendingHandlers).toEqual([])
    expect(readFileSync(at('handled'), 'utf8')).toBe('x\n')
    const third = await runOn(() => [file({ path: at('a'), content: '1', notify })])
    expect(third.here.statuses).toMatchObject({ ok: 1, changed: 0 })
  })

  it('are not pending when the task that failed changed nothing', async () => {
    const notify = reload()
    const { here } = await runOn(() => [file({ path: at('a'), content: 'bad', validate: 'grep -q good %s', notify })])
    expect(here.error?.code).toBe('command-failed')
    expect(here.pendingHandlers).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it('are pending when the task failed half way', async () => {
    const notify = reload()
    const half = () => [
      file({ path: at('mode'), content: 'good', mode: '0600' }),
      command({ run: `echo x >'${at('half')}'; exit 1`, creates: at('half'), notify }),
    ]
    const { here } = await runOn(half)
    expect(here.error?.code).toBe('command-failed')
    expect(here.pendingHandlers).toEqual([notify.name])
  })

  it('are pending when, of a group, one was applied before another failed', async () => {
    const notify = reload()
    const { here } = await runOn(() => [
      file({ path: at('a'), content: 'good', notify }),
      file({ path: at('b'), content: 'bad', validate: 'grep -q good %s', notify }),
    ])
    expect(here.error?.code).toBe('command-failed')
    expect(here.pendingHandlers).toEqual([notify.name])
    expect(readdirSync(folder)).toEqual(['a'])
  })
})

describe('plan', () => {
  it('tells what would change and writes nothing', async () => {
    const { result, here, events } = await runOn(files(3), { mode: 'plan', diff: true })
    expect(here.statuses.changed).toBe(3)
    expect(result.changed).toBe(true)
    expect(result.exitCode).toBe(0)
    expect(readdirSync(folder)).toEqual([])
    const diffs = events.flatMap((event) => (event.type === 'task-finished' ? event.diffs : []))
    expect(diffs[0]).toContain('+content 0')
  })

  it('says of what hangs on a change not made yet that it is unknown, and by which task', async () => {
    const { here, events } = await runOn(
      () => [
        command({ title: 'make the folder', run: `mkdir ${at('sub')}`, creates: at('sub') }),
        file({ path: at('sub/file'), content: 'x' }),
      ],
      { mode: 'plan' },
    )
    expect(here.statuses).toMatchObject({ changed: 1, unknown: 1, failed: 0 })
    const unknown = events.find((event) => event.type === 'task-finished' && event.status === 'unknown')
    expect(unknown).toMatchObject({ reason: expect.stringContaining('make the folder') })
  })

  it('cannot write, because the kernel refuses it', async () => {
    const target = at('written-by-a-read')
    const { here } = await runOn(() => [command({ run: 'true', unless: `touch ${target}` })], { mode: 'plan' })
    expect(existsSync(target)).toBe(false)
    expect(here.statuses.changed).toBe(1)
  })
})

describe('interruption', () => {
  it('stops after what is under way, and says what was not reached', async () => {
    const stop = new AbortController()
    const tasks = () => [
      command({ title: 'slow', run: `sleep 0.3; touch ${at('slow')}`, creates: at('slow') }),
      file({ title: 'next', path: at('next'), content: 'x' }),
    ]
    const { result, here } = await runOn(
      tasks,
      {},
      {
        stop: stop.signal,
        emit: (event) => {
          if (event.type === 'task-started') stop.abort()
        },
      },
    )
    expect(result).toMatchObject({ exitCode: 130, interrupted: true })
    expect(existsSync(at('slow'))).toBe(true)
    expect(existsSync(at('next'))).toBe(false)
    expect(here.notReached).toEqual(['next'])
  })
})

it('leaves no record of a run that came to its end', async () => {
  await runOn(() => [file({ path: at('a'), content: 'x' })])
  expect(readdirSync(join(state, 'here', 'run'))).toEqual(['root'])
  expect(readdirSync(join(state, 'here', 'run', 'root')).sort()).toEqual(['beat', 'lock', 'owner'])
})
