/** What whoever starts a run chooses on the way: each change, and where to begin. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChangeAnswer } from '../../src/engine/apply/questions.ts'
import { after, block, command, defineRole, file, handler, z } from '../../src/index.ts'
import { endings, rollLocally, runLocally } from './local-run.ts'

let folder: string
let state: string
const at = (name: string) => join(folder, name)
const lines = (name = 'notes') => readFileSync(at(name), 'utf8').trimEnd().split('\n')
const note = (text: string, more = {}) =>
  command({ title: text, run: `echo ${text} >>${at('notes')}`, always: true, ...more })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'choices-'))
  state = mkdtempSync(join(tmpdir(), 'choices-state-'))
})
afterEach(() => {
  for (const path of [folder, state]) rmSync(path, { recursive: true, force: true })
})

/** Answers in turn, and tells what was asked. */
function answering(answers: readonly ChangeAnswer[]) {
  const asked: string[] = []
  let open = 0
  const askChange = async (host: string, task: { title: string }): Promise<ChangeAnswer> => {
    expect(++open).toBe(1)
    asked.push(`${host} ${task.title}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
    open -= 1
    return answers[asked.length - 1] ?? 'no'
  }
  return { asked, askChange }
}

describe('asking for each change', () => {
  it('skips what is answered with no, and does not ask for what has nothing to change', async () => {
    const tasks = () => ['a', 'b', 'c'].map((name) => file({ title: name, path: at(name), content: 'x' }))
    await runLocally(state, () => [file({ path: at('b'), content: 'x' })])
    const { asked, askChange } = answering(['no', 'yes'])
    const { events, here } = await runLocally(state, tasks, {}, { askChange })
    expect(here.error).toBeUndefined()
    expect(asked).toEqual(['here a', 'here c'])
    expect(endings(events)).toEqual(['skipped a', 'ok b', 'changed c'])
    expect([existsSync(at('a')), existsSync(at('c'))]).toEqual([false, true])
    expect(here.error).toBeUndefined()
  })

  it('asks no more after an answer for all the rest, on any host, and one at a time', async () => {
    const { asked, askChange } = answering(['yes', 'all'])
    const tasks = ({ name }: { name: string }) => [note(`${name}1`), note(`${name}2`), note(`${name}3`)]
    await rollLocally(state, ['a', 'b'], {}, tasks, {}, { askChange })
    expect(asked).toHaveLength(2)
    expect(lines().sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
  })

  it('a handler that is answered with no stays pending, and the next run executes it', async () => {
    const notify = handler(`note ${folder.split('/').at(-1)}`, note('handled'))
    const tasks = () => [file({ path: at('f'), content: 'x', notify })]
    const { here } = await runLocally(state, tasks, {}, { askChange: answering(['yes', 'no']).askChange })
    expect(here.pendingHandlers).toEqual([notify.name])
    expect((await runLocally(state, tasks)).here.pendingHandlers).toEqual([])
    expect(lines()).toEqual(['handled'])
  })
})

describe('starting at a task', () => {
  const tasks = () => [note('one'), block({ tasks: [note('two')], always: [note('three')] }), note('four')]

  it.each([
    ['two', ['two', 'three', 'four']],
    ['th', ['three', 'four']],
    ['four', ['four']],
    ['one', ['one', 'two', 'three', 'four']],
  ])('%s leaves out what comes before', async (startAt, expected) => {
    const { here } = await runLocally(state, tasks, { startAt })
    expect(lines()).toEqual(expected)
    expect(here.notReached).toEqual([])
  })

  it('runs what is pending from an earlier run, though the task that notified it is left out', async () => {
    const notify = handler(`note ${folder.split('/').at(-1)}`, note('handled'))
    const broken = (run: string) => () => [
      file({ path: at('f'), content: 'x', notify }),
      command({ title: 'breaks', run, always: true }),
    ]
    expect((await runLocally(state, broken('false'))).here.pendingHandlers).toEqual([notify.name])
    expect((await runLocally(state, broken('true'), { startAt: 'breaks' })).here.pendingHandlers).toEqual([])
    expect(lines()).toEqual(['handled'])
  })

  it('leaves out what follows from a task that was left out', async () => {
    const followed = () => {
      const first = note('first')
      return [first, after(first, () => [note('follows')]), note('last')]
    }
    await runLocally(state, followed, { startAt: 'last' })
    expect(lines()).toEqual(['last'])
  })

  it('begins in the play that has it first; hosts that have no such task leave that play out', async () => {
    const perHost = ({ name }: { name: string }) => [
      note(`${name}-1`),
      name === 'b' && note('only b'),
      note(`${name}-2`),
    ]
    await rollLocally(state, ['a', 'b'], {}, perHost, { startAt: 'only b' })
    expect(lines()).toEqual(['only b', 'b-2'])
  })

  it('knows a task by its role too', async () => {
    const role = defineRole({ name: 'web', variables: z.strictObject({}), tasks: () => [note('in role')] })
    const { result } = await rollLocally(state, ['a'], { roles: [role({})] }, () => [note('own')], {
      startAt: 'web: in role',
    })
    expect(result.exitCode).toBe(0)
    expect(lines()).toEqual(['in role', 'own'])
  })

  it.each([
    ['fuor', 'unknown-task', 'Did you mean "four"?'],
    ['t', 'ambiguous-task', 'in full'],
  ])('%s is refused before anything is done', async (startAt, code, hint) => {
    const failing = runLocally(state, tasks, { startAt })
    await expect(failing).rejects.toMatchObject({ code, family: 'usage', hint: expect.stringContaining(hint) })
    expect(existsSync(at('notes'))).toBe(false)
  })
})
