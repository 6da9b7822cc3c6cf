/** Honest plans: what is unknown waits for the task that is named; what would fail in an apply fails, with the same message. */

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  block,
  command,
  copyTree,
  directory,
  file,
  flushHandlers,
  after as following,
  handler,
  httpCheck,
  lineInFile,
  type Play,
  symlink,
  type TaskList,
  user,
} from '../../../src/index.ts'
import { endings, rollLocally, runLocally } from '../local-run.ts'

let folder: string
let state: string
const at = (name: string) => join(folder, name)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'honest-'))
  state = mkdtempSync(join(tmpdir(), 'honest-state-'))
  mkdirSync(at('tree'))
  writeFileSync(at('tree/inside'), 'x')
})
afterEach(() => {
  for (const path of [folder, state]) rmSync(path, { recursive: true, force: true })
})

const unrelated = () => file({ title: 'unrelated', path: at('unrelated'), content: 'x' })
const inside = (name: string) => file({ title: 'inside', path: at(`${name}/file`), content: 'x' })
const touch = (name: string) => command({ title: `touch ${name}`, run: `mkdir -p ${at(name)}`, always: true })

/** What a plan says of its last task. */
async function lastOf(tasks: () => TaskList) {
  const { events, result, here } = await runLocally(state, tasks, { mode: 'plan' })
  const last = events.findLast((event) => event.type === 'task-finished')
  return { status: last?.status, reason: last?.reason, exitCode: result.exitCode, error: here.error }
}

describe('a task is unknown while an earlier one provides what it needs', () => {
  const rows: readonly [what: string, tasks: () => TaskList, provider: string][] = [
    ['a folder', () => [unrelated(), directory({ title: 'the folder', path: at('new') }), inside('new')], 'the folder'],
    [
      'the parents of a folder',
      () => [directory({ title: 'below', path: at('new/deep'), parents: true }), inside('new')],
      'below',
    ],
    [
      'what lies in a tree',
      () => [
        copyTree({ title: 'the tree', from: at('tree'), path: at('copy') }),
        lineInFile({ path: at('copy/inside'), line: 'y' }),
      ],
      'the tree',
    ],
    [
      'what a link leads to',
      () => [symlink({ title: 'the link', path: at('link'), target: at('tree') }), inside('link')],
      'the link',
    ],
    [
      'what is in the way',
      () => [file({ title: 'away', path: at('tree/inside'), state: 'absent' }), inside('tree/inside')],
      'away',
    ],
    [
      'what names it goes before what a command may do',
      () => [directory({ title: 'the folder', path: at('new') }), touch('a'), unrelated(), inside('new')],
      'the folder',
    ],
    [
      'the latest of several',
      () => [
        copyTree({ title: 'first', from: at('tree'), path: at('copy') }),
        symlink({ title: 'second', path: at('copy'), target: at('tree') }),
        inside('copy/tree'),
      ],
      'second',
    ],
    ['anything, which a command may do', () => [unrelated(), touch('new'), unrelated(), inside('new')], 'touch new'],
    [
      'a task that is unknown itself',
      () => [
        directory({ title: 'one', path: at('one') }),
        directory({ title: 'two', path: at('one/two') }),
        inside('one/two'),
      ],
      'two',
    ],
    [
      'a program that a guard calls',
      () => [
        file({ title: 'the program', path: '/usr/local/bin/foobar-tool', content: '' }),
        command({ run: 'true', unless: 'foobar-tool --version' }),
      ],
      'the program',
    ],
    [
      'what follows from a task',
      () => {
        const first = unrelated()
        return [first, following(first, () => [touch('new')]), inside('new')]
      },
      'unrelated',
    ],
    [
      'a handler that has run',
      () => [
        file({
          title: 'notifies',
          path: at('unrelated'),
          content: 'x',
          notify: handler('make', touch('new')),
        }),
        flushHandlers(),
        inside('new'),
      ],
      'touch new',
    ],
    [
      'a service that answers',
      () => [unrelated(), httpCheck({ url: 'http://127.0.0.1:9/', withinMs: 100 })],
      'unrelated',
    ],
  ]

  it.each(rows)('%s', async (_what, tasks, provider) => {
    const { status, reason, exitCode } = await lastOf(tasks)
    expect({ status, exitCode }).toEqual({ status: 'unknown', exitCode: 0 })
    expect(reason).toMatch(new RegExp(`^unknown until applied: ${provider} \\(`))
  })

  it('and is known, if only its owner is still to be made', async () => {
    const tasks = () => [
      user({ name: 'foobar-nobody' }),
      file({ title: 'theirs', path: at('new'), content: 'x\n', owner: 'foobar-nobody' }),
    ]
    const { events, result } = await runLocally(state, tasks, { mode: 'plan', diff: true })
    expect(result.exitCode).toBe(0)
    const last = events.findLast((event) => event.type === 'task-finished')
    expect(last).toMatchObject({ status: 'changed', diffs: [expect.stringContaining('+x')] })
    expect(last?.changes).toContainEqual({ key: 'owner', from: null, to: 'foobar-nobody' })
  })

  it('in an earlier play too', async () => {
    const later: Play<'web'> = { name: 'Later', hosts: 'web', become: false, tasks: () => [inside('new')] }
    const { events, result } = await rollLocally(
      state,
      ['a'],
      {},
      () => [directory({ title: 'the folder', path: at('new') })],
      { mode: 'plan' },
      {},
      [later],
    )
    expect(result.exitCode).toBe(0)
    expect(endings(events)).toEqual(['changed the folder', 'unknown inside'])
  })

  it('on the host that it is done on: another host may do it in an earlier batch, not in the same one', async () => {
    const tasks = ({ name }: { name: string }) => [
      name === 'a' && directory({ title: 'the folder', path: at('new'), delegateTo: 'b' }),
      name === 'b' && inside('new'),
    ]
    const rolled = await rollLocally(state, ['a', 'b'], { serial: 1 }, tasks, { mode: 'plan' })
    expect(rolled.events).toContainEqual(
      expect.objectContaining({ reason: expect.stringContaining('unknown until applied: the folder on a (') }),
    )
    const together = await rollLocally(state, ['a', 'b'], {}, tasks, { mode: 'plan' })
    expect(together.result.recap.b?.error).toMatchObject({ code: 'unavailable', task: 'inside' })
  })

  it('and if one host does it for all, elsewhere', async () => {
    const tasks = () => [
      directory({ title: 'the folder', path: at('new'), delegateTo: 'controller', runOnce: true }),
      file({ title: 'inside', path: at('new/file'), content: 'x', delegateTo: 'controller' }),
    ]
    const { events } = await rollLocally(state, ['a', 'b'], {}, tasks, { mode: 'plan' })
    expect(endings(events).sort()).toEqual([
      'changed the folder',
      'skipped the folder',
      'unknown inside',
      'unknown inside',
    ])
  })
})

describe('a plan fails where an apply would, with the same message and exit code', () => {
  const rows: readonly [what: string, tasks: () => TaskList][] = [
    ['nothing provides it', () => [unrelated(), inside('new')]],
    ['the folder above is made', () => [directory({ path: at('new') }), inside('new/deep')]],
    ['another path is made', () => [directory({ path: at('newer') }), inside('new')]],
    ['it is made later', () => [unrelated(), inside('new'), directory({ path: at('new') })]],
    ['the task that would provide it has nothing to do', () => [directory({ path: at('tree') }), inside('tree/deep')]],
    [
      'the task that would provide it may fail, and does',
      () => [unrelated(), directory({ path: at('none/new'), ignoreFailure: true }), inside('none/new')],
    ],
    [
      'the owner of a file is not there',
      () => [unrelated(), file({ path: at('new'), content: 'x', owner: 'foobar-nobody' })],
    ],
    ['the group of a folder is not there', () => [unrelated(), directory({ path: at('new'), group: 'foobar-nobody' })]],
    ['a guard calls what is nowhere', () => [unrelated(), command({ run: 'true', unless: 'foobar-tool --version' })]],
    [
      'the rescue of a block fails',
      () => [block({ tasks: [inside('one')], rescue: [inside('two')] }), directory({ path: at('two') })],
    ],
  ]

  it.each(rows)('%s', async (_what, tasks) => {
    const plan = await runLocally(state, tasks, { mode: 'plan' })
    const apply = await runLocally(state, tasks)
    expect(apply.result.exitCode).toBe(2)
    expect(plan.result.exitCode).toBe(2)
    expect({ ...plan.here.error }).toEqual({ ...apply.here.error })
    expect(plan.here.error?.message).toBe(apply.here.error?.message)
  })

  it('and goes on to tell the rest', async () => {
    const { events } = await runLocally(state, () => [inside('new'), unrelated()], { mode: 'plan' })
    expect(endings(events)).toEqual(['failed inside', 'changed unrelated'])
  })

  it('and what the task that failed would have made is no failure of its own', async () => {
    const tasks = () => [directory({ title: 'the folder', path: at('none/new') }), inside('none/new')]
    const { events } = await runLocally(state, tasks, { mode: 'plan' })
    expect(endings(events)).toEqual(['failed the folder', 'unknown inside'])
  })
})

describe('a block', () => {
  it('that fails for certain is rescued in a plan as in an apply', async () => {
    const tasks = () => [
      block({ tasks: [inside('new'), unrelated()], rescue: [touch('rescued')], always: [touch('always')] }),
      inside('rescued'),
    ]
    const { events, result } = await runLocally(state, tasks, { mode: 'plan' })
    expect(result.exitCode).toBe(0)
    expect(endings(events)).toEqual([
      'failed inside',
      'changed touch rescued',
      'changed touch always',
      'unknown inside',
    ])
    expect((await runLocally(state, tasks)).result.exitCode).toBe(0)
    expect(existsSync(at('unrelated'))).toBe(false)
  })
})
