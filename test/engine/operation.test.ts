/** Operations of roles: decided by the facts of all hosts before anything is changed, and then run as plays. */

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { run } from '../../src/engine/run.ts'
import type { RunContext, RunRequest } from '../../src/engine/run-request.ts'
import {
  command,
  defineFact,
  defineInventory,
  defineOperation,
  definePlaybook,
  defineRole,
  FoobarDeployError,
  sh,
  z,
} from '../../src/index.ts'
import { endings } from './local-run.ts'
import { transportWithStateIn } from './own-state.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'operation-'))
})

const variables = z.strictObject({ level: z.string() })

/** A role whose one operation passes a word from host to host; its state is a file. */
function inventoryWith(isFirst = (name: string) => name === 'one', withoutUnreachable = false) {
  const state = join(folder, 'word')
  const word = defineFact({
    name: 'word',
    script: sh`cat ${state} 2>/dev/null || echo none`,
    parse: (text) => text.trim(),
    assumed: 'none',
  })
  const pass = defineOperation({
    summary: 'Pass the word on',
    variables,
    args: z.strictObject({ word: z.string().min(2).describe('The word') }),
    facts: [word],
    withoutUnreachable,
    decide: ({ args, members }) => {
      const heard = members.map(({ host }) => (host.reached ? word.of(host) : 'away'))
      if (heard.includes('lost')) {
        throw new FoobarDeployError('refused', 'word-lost', 'The word is lost', { detail: heard.join() })
      }
      return { text: `${args.word} after ${heard.join(', ')}` }
    },
    confirm: ({ text }) =>
      text.startsWith('danger') ? { warning: 'The word is dangerous', word: 'danger' } : undefined,
    plays: [
      {
        name: 'Say',
        tasks: ({ host, vars, decision }) => [
          isFirst(host.name) &&
            command({
              title: 'say',
              run: sh`echo ${`${host.name} ${vars.level} ${decision.text}`} >${state}`,
              always: true,
            }),
        ],
      },
      {
        name: 'Repeat',
        tasks: ({ host }) => [
          !isFirst(host.name) && command({ title: 'repeat', run: sh`cat ${state} >>${state}2`, always: true }),
        ],
      },
    ],
  })
  const speaker = defineRole({ name: 'speaker', variables, tasks: () => [], operations: { pass } })
  const playbook = definePlaybook({
    name: 'site',
    groups: ['speakers', 'others'],
    hostVariables: z.strictObject({ level: z.string().default('low') }),
    plays: () => [
      { name: 'All', hosts: 'speakers', become: false, roles: [(host) => speaker({ level: String(host.vars.level) })] },
      {
        name: 'Others',
        hosts: 'others',
        become: false,
        tasks: () => [command({ run: `touch ${folder}/wrong`, always: true })],
      },
    ],
  })
  return defineInventory({
    playbook,
    hosts: {
      one: { address: 'local', vars: { level: 'loud' } },
      two: { address: 'local' },
      three: { address: 'local' },
    },
    groups: { speakers: ['one', 'two'], others: ['three'] },
  })
}

async function operate(
  args: Record<string, unknown>,
  options: Partial<RunRequest> = {},
  context: Partial<RunContext> = {},
) {
  const events: RunEvent[] = []
  const request: RunRequest = {
    inventory: inventoryWith(),
    mode: 'apply',
    limit: [],
    tags: [],
    skipTags: [],
    overrides: [],
    forks: 5,
    diff: false,
    operation: { role: 'speaker', name: 'pass', args },
    ...options,
  }
  const emit = (event: RunEvent) => events.push(event)
  const result = await run(request, { transport: transportWithStateIn(folder), ...context, emit })
  return { result, events }
}

const said = () => readFileSync(join(folder, 'word'), 'utf8').trim()

describe('an operation', () => {
  it('runs its plays on the hosts that have the role, with the variables of each and what was decided', async () => {
    const { result, events } = await operate({ word: 'hello' })
    expect(result.exitCode).toBe(0)
    expect(Object.keys(result.recap)).toEqual(['one', 'two'])
    expect(endings(events)).toEqual(['changed say', 'changed repeat'])
    expect(said()).toBe('one loud hello after none, none')
    expect(readFileSync(join(folder, 'word2'), 'utf8')).toContain('one loud hello')
    expect(existsSync(join(folder, 'wrong'))).toBe(false)
    expect(events.find(({ type }) => type === 'run-started')).toMatchObject({ playbook: 'speaker pass' })
  })

  it('is planned without changing anything', async () => {
    const { result, events } = await operate({ word: 'hello' }, { mode: 'plan' })
    expect(result.changed).toBe(true)
    expect(endings(events)).toEqual(['changed say', 'changed repeat'])
    expect(existsSync(join(folder, 'word'))).toBe(false)
  })

  it('is refused by its own decision before anything is changed', async () => {
    writeFileSync(join(folder, 'word'), 'lost')
    await expect(operate({ word: 'hello' })).rejects.toMatchObject({ code: 'word-lost', exitCode: 3 })
    expect(said()).toBe('lost')
  })

  it('begins after a person typed the word that it asks for', async () => {
    const asked: unknown[] = []
    const confirmWord = (answer: boolean) => async (confirmation: unknown) => {
      asked.push(confirmation)
      return answer
    }
    await expect(operate({ word: 'danger' }, {}, { confirmWord: confirmWord(false) })).rejects.toMatchObject({
      code: 'not-confirmed',
    })
    await expect(operate({ word: 'danger' })).rejects.toMatchObject({ code: 'not-confirmed' })
    expect(existsSync(join(folder, 'word'))).toBe(false)
    await operate({ word: 'danger' }, {}, { confirmWord: confirmWord(true) })
    expect(said()).toContain('danger after')
    expect(asked).toEqual(Array(2).fill({ warning: 'The word is dangerous', word: 'danger' }))
  })

  it('is carried out as it was planned, or not at all', async () => {
    const key = Buffer.alloc(32, 1)
    const { result } = await operate({ word: 'hello' }, { mode: 'plan', planFile: { key } })
    const planFile = { key, expected: result.planned ?? {} }
    await expect(operate({ word: 'other' }, { planFile })).rejects.toMatchObject({ code: 'plan-stale' })
    expect(existsSync(join(folder, 'word'))).toBe(false)
    expect((await operate({ word: 'hello' }, { planFile })).result.exitCode).toBe(0)
    await expect(operate({ word: 'hello' }, { planFile })).rejects.toMatchObject({ code: 'plan-stale' })
  })

  it('says in a plan what a person will have to type', async () => {
    const { events } = await operate({ word: 'danger' }, { mode: 'plan' })
    expect(events).toContainEqual({
      type: 'notice',
      text: 'The word is dangerous. Before it begins, you must type danger',
    })
  })

  it.each([
    [{ word: 'x' }, { role: 'speaker', name: 'pass' }, 'invalid-arguments', /word/],
    [{ world: 'hello' }, { role: 'speaker', name: 'pass' }, 'invalid-arguments', /did you mean word/i],
    [{}, { role: 'speakr', name: 'pass' }, 'unknown-operation', /speakr/],
    [{}, { role: 'speaker', name: 'pas' }, 'unknown-operation', /pas/],
  ])('with wrong words %j %j is an error before any connection', async (args, names, code, text) => {
    const transport = { connect: () => Promise.reject(new Error('connected')) } as never
    const failing = operate(args, { operation: { ...names, args } }, { transport })
    await expect(failing).rejects.toMatchObject({ code })
    await expect(failing).rejects.toThrow(text)
  })
})

describe('hosts that cannot be reached', () => {
  const without = (name: string): RunContext['transport'] => {
    const local = transportWithStateIn(folder)
    return {
      ...local,
      connect: (target, signal) =>
        target.name === name
          ? Promise.reject(new FoobarDeployError('unreachable', 'connect-timed-out', 'No answer', { host: name }))
          : local.connect(target, signal),
    }
  }

  it('keep an operation from beginning', async () => {
    await expect(operate({ word: 'hello' }, {}, { transport: without('two') })).rejects.toMatchObject({
      code: 'operation-incomplete',
      exitCode: 4,
    })
    expect(existsSync(join(folder, 'word'))).toBe(false)
  })

  it('do not keep one from beginning that is made for that, and do not spoil how it ended', async () => {
    const inventory = inventoryWith((name) => name === 'one', true)
    const { result } = await operate({ word: 'hello' }, { inventory }, { transport: without('two') })
    expect([result.exitCode, result.recap.two?.error?.code]).toEqual([0, 'connect-timed-out'])
    expect(said()).toBe('one loud hello after none, away')
  })
})
