/** Plans that are recorded and carried out later: exactly, or not at all. */

import { createHmac } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PlannedHosts } from '../../src/engine/plan/planned.ts'
import type { RunRequest } from '../../src/engine/run-request.ts'
import { after, block, command, confirmOrRevert, file, handler, Secret, type TaskList, user } from '../../src/index.ts'
import { endings, rollLocally, runLocally } from './local-run.ts'

const key = Buffer.alloc(32, 7)
let folder: string
let state: string
const at = (name: string) => join(folder, name)
const note = (text: string, more = {}) =>
  command({ title: text, run: `echo ${text} >>${at('notes')}`, always: true, ...more })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-file-'))
  state = mkdtempSync(join(tmpdir(), 'plan-file-state-'))
})
afterEach(() => {
  for (const path of [folder, state]) rmSync(path, { recursive: true, force: true })
})

/** Plans, as a plan file would keep it: through JSON. */
async function planned(tasks: () => TaskList, options: Partial<RunRequest> = {}): Promise<PlannedHosts> {
  const { result } = await runLocally(state, tasks, { mode: 'plan', planFile: { key }, ...options })
  return JSON.parse(JSON.stringify(result.planned)) as PlannedHosts
}

const carriedOut = (tasks: () => TaskList, expected: PlannedHosts, options: Partial<RunRequest> = {}) =>
  runLocally(state, tasks, { planFile: { key, expected }, ...options })

/** What the refusal names. */
async function moved(tasks: () => TaskList, expected: PlannedHosts): Promise<string[]> {
  const thrown = await carriedOut(tasks, expected).then(
    () => undefined,
    (error: unknown) => error as { code?: string; exitCode?: number; detail?: string },
  )
  expect(thrown).toMatchObject({ code: 'plan-stale', exitCode: 1 })
  return (thrown?.detail ?? '').trim().split(/\n\s*/)
}

const files = (content: string) => () => [
  file({ title: 'first', path: at('first'), content: 'x' }),
  file({ title: 'second', path: at('second'), content, mode: '0644' }),
]

describe('a recorded plan', () => {
  it('has every task with its status, changes and digests', async () => {
    writeFileSync(at('first'), 'x')
    const { here = [] } = await planned(files('y'))
    expect(here).toMatchObject([
      { play: 'Only', title: 'first', type: 'file', status: 'ok', changes: [] },
      { title: 'second', status: 'changed', changes: [{ key: 'content', from: null }, { key: 'mode' }] },
    ])
    for (const task of here)
      for (const digest of [task.desired, task.observed]) expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(JSON.stringify(here)).not.toContain('"text"')
  })

  it('is carried out in the session that compared it, with nothing read twice', async () => {
    const expected = await planned(files('y'))
    const { result, events, here } = await carriedOut(files('y'), expected)
    expect(result.exitCode).toBe(0)
    expect(endings(events)).toEqual(['changed first', 'changed second'])
    // Lock and facts, the rehearsal, one for all changes.
    expect(here.roundTrips).toBe(3)
    expect(readFileSync(at('second'), 'utf8')).toBe('y')
  })

  it('is stale when the host has moved, and nothing is changed', async () => {
    writeFileSync(at('second'), 'before')
    const expected = await planned(files('y'))
    writeFileSync(at('second'), 'by hand')
    expect(await moved(files('y'), expected)).toEqual(['here: second: the host has changed since the plan'])
    expect(existsSync(at('first'))).toBe(false)
    expect(readFileSync(at('second'), 'utf8')).toBe('by hand')
  })

  it('is stale when something else is desired, is new or is gone', async () => {
    const expected = await planned(files('y'))
    expect(await moved(files('z'), expected)).toEqual(['here: second: the desired state has changed since the plan'])
    expect(await moved(() => [...files('y')(), note('third')], expected)).toEqual(['here: third: is not in the plan'])
    expect(await moved(() => files('y')().slice(1), expected)).toEqual(['here: first: is no longer part of the plan'])
    expect(await moved(() => files('y')().reverse(), expected)).toEqual([
      'here: second: has moved in the order of tasks',
    ])
    expect(existsSync(at('first'))).toBe(false)
  })

  it('is stale when a control, a handler or what surrounds a task is another', async () => {
    const withReload = (run: string, title = 'web') => [
      file({ title: 'f', path: at('f'), content: 'x', notify: handler('reload', command({ run, always: true })) }),
      confirmOrRevert({
        title,
        paths: [at('g')],
        restore: 'true',
        tasks: [file({ title: 'g', path: at('g'), content: 'x' })],
      }),
    ]
    const expected = await planned(() => withReload('true'))
    expect(await moved(() => withReload('exit 0'), expected)).toEqual([
      'here: handler reload: command true: is no longer part of the plan',
      'here: f: the desired state has changed since the plan',
      'here: handler reload: command exit 0: is not in the plan',
    ])
    expect(await moved(() => withReload('true', 'other'), expected)).toEqual([
      'here: g: the desired state has changed since the plan',
    ])
    const retried = () => [note('x', { retry: { attempts: 2 } })]
    expect(await moved(retried, await planned(() => [note('x')]))).toHaveLength(1)
  })

  it('is stale too when a file has moved whose owner is still to be made', async () => {
    writeFileSync(at('theirs'), 'a')
    const tasks = () => [
      user({ name: 'foobar-nobody' }),
      file({ title: 'theirs', path: at('theirs'), content: 'x', owner: 'foobar-nobody' }),
    ]
    const expected = await planned(tasks)
    writeFileSync(at('theirs'), 'b')
    expect(await moved(tasks, expected)).toEqual(['here: theirs: the host has changed since the plan'])
  })

  it('allows what was unknown, however it turns out', async () => {
    const tasks = () => [
      command({ title: 'make it', run: `mkdir ${at('sub')}`, creates: at('sub') }),
      file({ title: 'inside', path: at('sub/f'), content: 'x' }),
    ]
    const expected = await planned(tasks)
    expect(expected.here?.map(({ status }) => status)).toEqual(['changed', 'unknown'])
    const { events } = await carriedOut(tasks, expected)
    expect(endings(events)).toEqual(['changed make it', 'changed inside'])
  })

  it('knows the rescue of a block, and what follows from a task that has nothing to do', async () => {
    writeFileSync(at('made'), 'x', { mode: 0o644 })
    const tasks = (rescue: string) => () => {
      const made = file({ title: 'made', path: at('made'), content: 'x' })
      return [
        block({ tasks: [made, after(made, ({ changed }) => [!changed && note('follows')])], rescue: [note(rescue)] }),
      ]
    }
    const expected = await planned(tasks('rescue'))
    expect(expected.here?.map(({ title, status }) => `${status} ${title}`)).toEqual([
      'ok made',
      'changed follows',
      'unknown rescue',
    ])
    expect(await moved(tasks('other'), expected)).toHaveLength(2)
    expect((await carriedOut(tasks('rescue'), expected)).result.exitCode).toBe(0)
  })

  it('names a task that can no longer be read, and not what comes after it in later plays', async () => {
    writeFileSync(at('first'), 'x')
    const tasks = () => [file({ title: 'inside', path: at('first'), content: 'x' })]
    const expected = await planned(tasks)
    rmSync(at('first'))
    await import('node:fs/promises').then(({ mkdir }) => mkdir(at('first')))
    expect(await moved(tasks, expected)).toEqual(['here: inside: the host has changed since the plan'])
  })

  it('needs all of its hosts', async () => {
    const roll = (options: Partial<RunRequest>, names = ['a', 'b']) =>
      rollLocally(state, names, {}, ({ name }) => [file({ path: at(name), content: 'x' })], options)
    const { result } = await roll({ mode: 'plan', planFile: { key } })
    const expected = result.planned as PlannedHosts
    const thrown = await roll({ planFile: { key, expected } }, ['a', 'c']).catch((error: { detail: string }) => error)
    expect(thrown).toMatchObject({ code: 'plan-stale' })
    expect((thrown as { detail: string }).detail.trim().split(/\n\s*/)).toEqual([
      'b: is no longer selected',
      'c: is not in the plan',
    ])
    expect(existsSync(at('a'))).toBe(false)
    const other = await roll({ mode: 'plan', planFile: { key } })
    expect(other.result.planned).toEqual(expected)
  })

  it('that shuffles hosts takes them in the order of its plan', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const roll = async (options: Partial<RunRequest>) => {
      const tasks = ({ name }: { name: string }) => [file({ path: at(name), content: 'x', runOnce: true })]
      const { result, events } = await rollLocally(state, names, { serial: 2, order: 'shuffle' }, tasks, options)
      return { result, batches: events.flatMap((event) => (event.type === 'play-started' ? [event.hosts] : [])) }
    }
    const plan = await roll({ mode: 'plan', planFile: { key } })
    const { result, batches } = await roll({ planFile: { key, expected: plan.result.planned as PlannedHosts } })
    expect(batches).toEqual(plan.batches)
    expect(batches.flat()).not.toEqual(names)
    expect(result.exitCode).toBe(0)
  })
})

describe('secrets in a plan', () => {
  const password = 'k7#q'
  const tasks = (value: string) => () => [
    file({ title: 'held', path: at('held'), content: new Secret('db', value) }),
    file({ title: 'within', path: at('within'), content: `password=${value}\n` }),
  ]

  it('are not in it, nor any digest, sum or length made from them', async () => {
    const before = JSON.stringify(await planned(tasks(password)))
    await runLocally(state, tasks(password))
    const recorded = `${before}${JSON.stringify(await planned(tasks(password)))}`
    const { createHash } = await import('node:crypto')
    for (const content of [password, `password=${password}\n`]) {
      const sum = createHash('sha256').update(content).digest('hex')
      const guesses = [content, sum, JSON.stringify(content), JSON.stringify(sum)]
      for (const guess of guesses) {
        expect(recorded).not.toContain(createHmac('sha256', key).update(guess).digest('hex'))
      }
      expect(recorded).not.toContain(sum.slice(0, 12))
      expect(recorded).not.toContain(`${content.length} bytes`)
      expect(recorded).not.toContain(content.trim())
    }
  })

  it('make the same plan whatever they are, so that nothing can be told from it', async () => {
    expect(await planned(tasks('k7#q'))).toEqual(await planned(tasks('another one')))
  })

  it('that were written by somebody else since make it stale', async () => {
    await runLocally(state, tasks(password))
    const expected = await planned(tasks(password))
    writeFileSync(at('held'), 'spoilt')
    expect(await moved(tasks(password), expected)).toEqual(['here: held: the host has changed since the plan'])
  })
})
