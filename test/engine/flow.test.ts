/** Control of tasks: blocks, results, retries, allowed failures, questions, rolling plays, delegation. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  block,
  command,
  FoobarDeployError,
  file,
  flushHandlers,
  after as following,
  type Host,
  handler,
  localCommand,
  type Play,
} from '../../src/index.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { endings, rollLocally, runLocally } from './local-run.ts'
import { transportWithStateIn } from './own-state.ts'

let folder: string
let state: string
const at = (name: string) => join(folder, name)
const lines = (name: string) => readFileSync(at(name), 'utf8').trimEnd().split('\n')
const note = (text: string, more = {}) =>
  command({ title: text, run: `echo ${text} >>${at('notes')}`, always: true, ...more })

/** A way to all hosts but one. */
function withoutHost(name: string): Transport {
  const local = transportWithStateIn(state)
  return {
    connect: (target, signal) => {
      if (target.name !== name) return local.connect(target, signal)
      throw new FoobarDeployError('unreachable', 'no-connection', 'The host cannot be reached', { host: target.name })
    },
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flow-'))
  state = mkdtempSync(join(tmpdir(), 'flow-state-'))
})
afterEach(() => {
  for (const path of [folder, state]) rmSync(path, { recursive: true, force: true })
})

describe('block', () => {
  it('runs rescue and always after a failure, and the host goes on', async () => {
    const { result, here } = await runLocally(state, () => [
      block({
        tasks: [note('first'), command({ title: 'breaks', run: 'exit 1', always: true }), note('never')],
        rescue: [note('rescued')],
        always: [note('always')],
      }),
      note('after'),
    ])
    expect(lines('notes')).toEqual(['first', 'rescued', 'always', 'after'])
    expect(result.exitCode).toBe(0)
    expect(here.statuses.failed).toBe(1)
  })

  it('without rescue runs always and fails', async () => {
    const { result } = await runLocally(state, () => [
      block({ tasks: [command({ run: 'exit 1', always: true })], always: [note('always')] }),
      note('never'),
    ])
    expect(lines('notes')).toEqual(['always'])
    expect(result.exitCode).toBe(2)
  })

  it('runs no rescue when nothing fails', async () => {
    await runLocally(state, () => [block({ tasks: [note('fine')], rescue: [note('never')] })])
    expect(lines('notes')).toEqual(['fine'])
  })
})

describe('after', () => {
  it('builds tasks from what a task printed', async () => {
    await runLocally(state, () => {
      const asked = command({ title: 'ask', run: 'echo forty-two', always: true })
      return [asked, following(asked, ({ output, changed }) => [changed && note(output.trim())])]
    })
    expect(lines('notes')).toEqual(['forty-two'])
  })

  it('knows of a task that had nothing to do', async () => {
    const tasks = () => {
      const made = file({ path: at('made'), content: 'x' })
      return [made, following(made, ({ changed, state: read }) => [note(`${changed}-${read === undefined}`)])]
    }
    await runLocally(state, tasks)
    await runLocally(state, tasks)
    expect(lines('notes')).toEqual(['true-false', 'false-false'])
  })

  it('is unknown in a plan while its task is not applied', async () => {
    const { events } = await runLocally(
      state,
      () => {
        const made = file({ title: 'make it', path: at('made'), content: 'x' })
        return [made, following(made, () => [note('follows')])]
      },
      { mode: 'plan' },
    )
    expect(events).toContainEqual(expect.objectContaining({ type: 'notice', text: expect.stringContaining('make it') }))
    expect(endings(events)).toEqual(['changed make it'])
  })
})

describe('retry', () => {
  it('tries again until it succeeds', async () => {
    const run = `echo x >>${at('tries')}; test "$(wc -l <${at('tries')})" -ge 3`
    const { result, events } = await runLocally(state, () => [
      command({ title: 'third time', run, always: true, retry: { attempts: 5, delayMs: 1 } }),
    ])
    expect(result.exitCode).toBe(0)
    expect(lines('tries')).toHaveLength(3)
    expect(endings(events)).toEqual(['changed third time'])
  })

  it('gives up after the last attempt, and takes until for an answer', async () => {
    const { result, here } = await runLocally(state, () => [
      command({
        run: 'echo not yet',
        always: true,
        retry: { attempts: 2, delayMs: 1, until: ({ output }) => output.includes('ready') },
      }),
    ])
    expect(result.exitCode).toBe(2)
    expect(here.error?.code).toBe('until-unmet')
  })
})

describe('other controls', () => {
  it('a failure that is ignored stays visible', async () => {
    const { result, here } = await runLocally(state, () => [
      command({ title: 'may fail', run: 'exit 1', always: true, ignoreFailure: true }),
      note('goes on'),
    ])
    expect(result.exitCode).toBe(0)
    expect(here.ignored).toEqual(['may fail'])
    expect(here.statuses.failed).toBe(1)
    expect(lines('notes')).toEqual(['goes on'])
  })

  it('a question is asked once, and a no ends the run before the change', async () => {
    const asked: string[] = []
    const tasks = () => [note('one', { confirm: 'Sure?' }), note('two', { confirm: 'Sure?' })]
    const answer = (yes: boolean) => ({
      confirm: async (question: string) => {
        asked.push(question)
        return yes
      },
    })
    const no = await runLocally(state, tasks, {}, answer(false))
    expect(no.here.error?.code).toBe('not-confirmed')
    expect(existsSync(at('notes'))).toBe(false)
    await runLocally(state, tasks, {}, answer(true))
    expect(lines('notes')).toEqual(['one', 'two'])
    expect(asked).toEqual(['Sure?', 'Sure?'])
  })

  it('handlers run early where they are flushed, and not again', async () => {
    const notify = handler('note it', note('handled'))
    await runLocally(state, () => [file({ path: at('f'), content: '1', notify }), flushHandlers(), note('after')])
    expect(lines('notes')).toEqual(['handled', 'after'])
  })
})

describe('rolling plays', () => {
  const names = ['a', 'b', 'c', 'd', 'e']

  it('go batch by batch', async () => {
    const { events } = await rollLocally(state, names, { serial: [1, '40%'] }, ({ name }) => [note(name)])
    const batches = events.flatMap((event) => (event.type === 'play-started' ? [event.hosts] : []))
    expect(batches).toEqual([['a'], ['b', 'c'], ['d', 'e']])
    expect(lines('notes')[0]).toBe('a')
  })

  it('end at the first failure, and hosts not begun are untouched', async () => {
    const tasks = ({ name }: { name: string }) => [note(name), name === 'b' && command({ run: 'exit 1', always: true })]
    const { result } = await rollLocally(state, names, { serial: 1 }, tasks)
    expect(lines('notes')).toEqual(['a', 'b'])
    expect(result.exitCode).toBe(2)
    expect(result.recap.c?.error?.code).toBe('run-halted')
    expect(result.recap.e?.notReached).toEqual(['e'])
  })

  describe('that end alone where they fail', () => {
    const play = { serial: 1, onFailure: 'next-play' } as const
    const later: Play<'web'> = {
      name: 'Later',
      hosts: 'all',
      become: false,
      tasks: ({ host }) => [note(`later-${host.name}`)],
    }

    it('end at the first failure, and all hosts go on with the next play', async () => {
      const tasks = ({ name }: Host) => [name === 'b' && command({ run: 'exit 1', always: true }), note(name)]
      const { result, events } = await rollLocally(state, names, play, tasks, {}, {}, [later])
      expect(lines('notes').toSorted()).toEqual(['a', ...names.map((name) => `later-${name}`)])
      expect(result.exitCode).toBe(2)
      expect(result.recap.b?.error?.code).toBe('command-failed')
      expect(result.recap.c).toMatchObject({ notReached: ['c'] })
      expect(result.recap.c?.error).toBeUndefined()
      expect(events).toContainEqual(expect.objectContaining({ type: 'host-failed', host: 'b', goesOn: true }))
    })

    it('leave out a host that cannot be reached', async () => {
      const others = ['a', 'c', 'd', 'e']
      const transport = withoutHost('b')
      const { result } = await rollLocally(state, names, play, ({ name }) => [note(name)], {}, { transport }, [later])
      expect(lines('notes').toSorted()).toEqual([...others, ...others.map((name) => `later-${name}`)])
      expect(result.recap.b?.error?.code).toBe('no-connection')
      expect(result.exitCode).toBe(4)
    })
  })

  it('bear as many failures as they are allowed', async () => {
    const tasks = ({ name }: { name: string }) => [name === 'b' && command({ run: 'exit 1', always: true }), note(name)]
    const { result } = await rollLocally(state, names, { serial: 2, maxFailPercent: 50 }, tasks)
    expect(lines('notes').sort()).toEqual(['a', 'c', 'd', 'e'])
    expect(result.recap.c?.error).toBeUndefined()
  })

  it('run a task once in a batch, while the others wait for it', async () => {
    const tasks = ({ name }: { name: string }) => [
      command({ title: 'once', run: `sleep 0.2; echo once-${name} >>${at('notes')}`, always: true, runOnce: true }),
      note(name),
    ]
    await rollLocally(state, ['a', 'b'], {}, tasks)
    expect(lines('notes')[0]).toBe('once-a')
    expect(lines('notes').slice(1).sort()).toEqual(['a', 'b'])
  })

  it('delegate a task to another host and to this machine', async () => {
    const tasks = ({ name }: { name: string }) => [
      name === 'a' && note('from-a', { delegateTo: 'b' }),
      name === 'a' && localCommand({ run: `echo here >>${at('notes')}`, always: true }),
    ]
    const { result } = await rollLocally(state, ['a', 'b'], {}, tasks)
    expect(result.exitCode).toBe(0)
    expect(lines('notes')).toEqual(['from-a', 'here'])
  })

  it('delegate the tasks of a handler, host by host', async () => {
    const around = ({ name }: { name: string }) =>
      handler('restart', [
        note(`out-${name}`, { delegateTo: 'a' }),
        note(`restart-${name}`),
        note(`in-${name}`, { delegateTo: 'a' }),
      ])
    const tasks = ({ name }: { name: string }) => [note(`change-${name}`, { notify: around({ name }) })]
    const { result } = await rollLocally(state, ['a', 'b'], { serial: 1 }, tasks)
    expect(result.exitCode).toBe(0)
    const all = (name: string) => ['change', 'out', 'restart', 'in'].map((what) => `${what}-${name}`)
    expect(lines('notes')).toEqual([...all('a'), ...all('b')])
  })

  it('go on without a delegate that cannot be reached, where that is said', async () => {
    const transport = withoutHost('b')
    const paid = handler('paid', [
      note('never', { delegateTo: 'b', ignoreUnreachable: true }),
      note('paid'),
      note('refused', { delegateTo: 'b' }),
    ])
    const tasks = () => [note('change', { notify: paid })]
    const { result, events } = await rollLocally(state, ['a', 'b'], {}, tasks, { limit: ['a'] }, { transport })
    expect(lines('notes')).toEqual(['change', 'paid'])
    expect(endings(events)).toEqual(['changed change', 'failed never', 'changed paid', 'failed refused'])
    expect(result.recap.a?.ignored).toEqual(['never'])
    expect(result.recap.a?.error?.code).toBe('no-connection')
  })

  it('apply a throttled task on so many hosts at a time', async () => {
    const run = `echo in >>${at('notes')}; sleep 0.1; echo out >>${at('notes')}`
    await rollLocally(state, names, {}, () => [command({ run, always: true, throttle: 1 })])
    expect(lines('notes')).toEqual(names.flatMap(() => ['in', 'out']))
  })

  it('end for all when errors are fatal', async () => {
    const tasks = ({ name }: { name: string }) => [
      name === 'a' && command({ run: 'exit 1', always: true }),
      command({ run: 'sleep 0.5', always: true }),
      note('late'),
    ]
    const { result } = await rollLocally(state, ['a', 'b'], { anyErrorsFatal: true }, tasks)
    expect(existsSync(at('notes'))).toBe(false)
    expect(result.recap.b?.error?.code).toBe('run-halted')
  })
})
