/** Preconditions: checked before the first change of a run, unless something may yet make them true. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  assert,
  block,
  command,
  defineQuery,
  defineResource,
  directory,
  FoobarDeployError,
  file,
  after as following,
  type Play,
  type Task,
  type TaskOptions,
  z,
} from '../../../src/index.ts'
import { endings, rollLocally, runLocally } from '../local-run.ts'

let folder: string
let state: string
const at = (name: string) => join(folder, name)
const change = (name = 'change') => file({ title: name, path: at(name), content: 'x' })
const wrong = (message = 'wrong', more: TaskOptions = {}): Task =>
  assert({ title: message, that: false, message, ...more })

const isThere = defineQuery<string, boolean>({
  name: 'is-there',
  key: (path) => path,
  script: (paths) => paths.map((path) => `[ -e '${path}' ] && echo yes || echo no`).join('\n'),
  parse: ({ stdout }) =>
    stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => line === 'yes'),
})

/** Holds where a path is there. */
const there = defineResource({
  type: 'there',
  schema: z.strictObject({ path: z.string() }),
  id: ({ path }) => path,
  read: ({ path }) => ({ found: isThere(path) }),
  parse: ({ found }, { path }) => {
    if (found) return {}
    const details = { hint: 'Make it.', needs: [`path ${path}`] }
    throw new FoobarDeployError('task', 'not-there', 'Something is not there', details)
  },
  diff: () => [],
  *apply() {},
  isPrecondition: true,
  provides: () => [],
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'preconditions-'))
  state = mkdtempSync(join(tmpdir(), 'preconditions-state-'))
})
afterEach(() => {
  for (const path of [folder, state]) rmSync(path, { recursive: true, force: true })
})

const play = (tasks: () => unknown[], more: Partial<Play<'web'>> = {}): Play<'web'> =>
  ({ name: 'Later', hosts: 'web', become: false, tasks, ...more }) as Play<'web'>

describe.each(['apply', 'plan'] as const)('%s: a precondition that does not hold', (mode) => {
  it('ends the run of the host before its first change, also from a later play; all that fail are told', async () => {
    const later = [play(() => [wrong('one'), wrong('two')])]
    const { events, result } = await rollLocally(state, ['a'], {}, () => [change()], { mode }, {}, later)
    expect(endings(events)).toEqual(['failed one', 'failed two'])
    expect(result.exitCode).toBe(2)
    expect(result.recap.a?.error).toMatchObject({
      code: 'assertion-failed',
      task: 'one',
      detail: 'one',
      hint: 'Nothing was changed on this host.',
    })
    expect(result.recap.a?.notReached).toEqual(['change'])
    expect(existsSync(at('change'))).toBe(false)
  })

  it('does not wait for what may do anything', async () => {
    const may = () => command({ title: 'may', run: 'true', unless: 'false' })
    const { events } = await runLocally(state, () => [may(), there({ title: 'there', path: at('new') })], { mode })
    expect(endings(events)).toEqual(['failed there'])
  })

  it('is told with what to do about it', async () => {
    const { here } = await runLocally(state, () => [change(), there({ path: at('new') })], { mode })
    expect(here.error).toMatchObject({ code: 'not-there', hint: 'Nothing was changed on this host. Make it.' })
  })

  it('leaves other hosts alone', async () => {
    const tasks = ({ name }: { name: string }) => [change(name), name === 'a' && wrong()]
    const { events } = await rollLocally(state, ['a', 'b'], {}, tasks, { mode })
    expect(endings(events)).toEqual(['failed wrong', 'changed b'])
  })

  it.each<[what: string, tasks: () => unknown[], told: string[]]>([
    [
      'an earlier task may make it true',
      () => [directory({ title: 'make', path: at('new') }), there({ title: 'there', path: at('new') })],
      ['make', 'there'],
    ],
    [
      'an earlier command says that it creates it',
      () => [
        command({ title: 'make', run: `mkdir ${at('new')}`, creates: at('new') }),
        there({ title: 'there', path: at('new') }),
      ],
      ['make', 'there'],
    ],
    ['its failure is allowed', () => [change(), wrong('wrong', { ignoreFailure: true })], ['change', 'wrong']],
    [
      'its failure leads to a rescue',
      () => [change(), block({ tasks: [wrong()], rescue: [change('rescue')] })],
      ['change', 'wrong', 'rescue'],
    ],
    [
      'it follows from a task',
      () => {
        const first = directory({ title: 'first', path: folder, mode: '0700' })
        return [first, following(first, () => [change(), wrong()])]
      },
      ['first', 'change', 'wrong'],
    ],
  ])('keeps its place where %s', async (_what, tasks, told) => {
    const { events } = await runLocally(state, tasks as never, { mode })
    expect(endings(events).map((line) => line.replace(/^\S+ /, ''))).toEqual(told)
  })
})

describe('a precondition that does not hold', () => {
  it('fails in its place where the task that may make it true does not', async () => {
    const tasks = () => [directory({ title: 'make', path: at('none/new') }), there({ path: at('none/new') })]
    const { here } = await runLocally(state, tasks)
    expect(here.error).toMatchObject({ code: 'unavailable', task: 'make' })
  })

  it('ends the run for all hosts before the first change where any error of its play does', async () => {
    const tasks = ({ name }: { name: string }) => [change(name), name === 'b' && wrong()]
    const { result } = await rollLocally(state, ['a', 'b'], { anyErrorsFatal: true }, tasks)
    expect(result.recap.a?.error).toMatchObject({ code: 'run-halted', detail: 'b' })
    expect(existsSync(at('a'))).toBe(false)
  })

  it('keeps the host out of the run for good, also after a play whose failure ends that play alone', async () => {
    const later = [
      play(() => [change('later')], { onFailure: 'next-play' }),
      play(() => [change('last')], { name: 'Last' }),
    ]
    const { events } = await rollLocally(state, ['a'], {}, () => [wrong()], {}, {}, later)
    expect(endings(events)).toEqual(['failed wrong'])
  })

  it('ends its play alone, before its first change, where the failure of that play does no more', async () => {
    const tasks = () => [change('skipped'), wrong()]
    const { events, result } = await rollLocally(state, ['a'], { onFailure: 'next-play' }, tasks, {}, {}, [
      play(() => [change('later')]),
    ])
    expect(endings(events)).toEqual(['failed wrong', 'changed later'])
    expect(result.recap.a?.error?.hint).toBeUndefined()
  })
})

it('a run with preconditions that hold makes two round trips', async () => {
  const tasks = () => [assert({ that: true, message: 'fine' }), there({ path: folder }), change()]
  await runLocally(state, tasks)
  const { here } = await runLocally(state, tasks)
  expect(here.statuses).toMatchObject({ ok: 3, changed: 0 })
  expect(here.roundTrips).toBe(2)
})
