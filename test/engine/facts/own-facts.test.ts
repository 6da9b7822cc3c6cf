/** A playbook's own facts, the system that is refused, and the facts of other hosts, in runs on this machine. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { assumedFacts } from '../../../src/cli/assumed-facts.ts'
import { compileAll } from '../../../src/engine/compile/compile-plays.ts'
import type { RunEvent } from '../../../src/engine/events.ts'
import { run } from '../../../src/engine/run.ts'
import {
  command,
  defineFact,
  defineInventory,
  definePlaybook,
  type Host,
  type Inventory,
  type Play,
  sh,
  type TaskList,
} from '../../../src/index.ts'
import type { AnyFact } from '../../../src/model/fact.ts'
import { transportWithStateIn } from '../own-state.ts'

type Context = Parameters<NonNullable<Play['tasks']>>[0]

const answer = defineFact({
  name: 'answer',
  script: sh`echo ${40}; echo 2`,
  parse: (text) =>
    text
      .trim()
      .split('\n')
      .map(Number)
      .reduce((sum, line) => sum + line, 0),
  assumed: 7,
})

function inventoryOf(tasks: (context: Context) => TaskList, facts: readonly AnyFact[] = [], settings = {}): Inventory {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web', 'database'],
    facts,
    plays: () => [{ name: 'Only', hosts: 'all', become: false, tasks }],
  })
  return defineInventory({
    playbook,
    hosts: { here: { address: 'local' }, there: { address: 'local' } },
    groups: { web: ['here'], database: ['there'] },
    defaults: { allowUnsupportedSystem: true, ...settings },
  })
}

async function runOn(inventory: Inventory, limit: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'own-facts-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const events: RunEvent[] = []
  const result = await run(
    { inventory, mode: 'plan', limit, tags: [], skipTags: [], overrides: [], forks: 5, diff: false },
    { transport: transportWithStateIn(folder), emit: (event) => events.push(event) },
  )
  const titles = events.flatMap((event) => (event.type === 'task-finished' ? [event.task.title] : []))
  return { result, titles: titles.sort() }
}

const say = (text: string) => command({ run: sh`true`, always: true, title: text })

describe('a fact of the playbook', () => {
  it('comes with the first round trip and has its type', async () => {
    const inventory = inventoryOf(({ host }) => [say(`${host.name} ${answer.of(host) + 1}`)], [answer])
    const { result, titles } = await runOn(inventory)
    expect(titles).toEqual(['here 43', 'there 43'])
    const { titles: without, result: other } = await runOn(inventoryOf(({ host }) => [say(`${host.facts.hostname}`)]))
    expect(without.length).toBe(2)
    expect(result.recap.here?.roundTrips).toBe(other.recap.here?.roundTrips)
  })

  it('is what it is assumed to be where no host is asked', () => {
    const inventory = inventoryOf(({ host }) => [say(`${answer.of(host)}`)], [answer])
    const { plays, problems } = compileAll(
      inventory,
      [],
      assumedFacts(inventory, ['here', 'there'], inventory.playbook.facts),
    )
    expect(problems).toEqual([])
    expect([...(plays[0]?.tasks.values() ?? [])].flat().map(({ task }) => task.title)).toEqual(['7', '7'])
  })

  it('that is not gathered is a definition error with what to do', async () => {
    await expect(runOn(inventoryOf(({ host }) => [say(`${answer.of(host)}`)]))).rejects.toMatchObject({
      code: 'invalid-definition',
      message: expect.stringMatching(/does not gather this fact: answer.*Add it to `facts`/),
    })
  })

  it('whose script fails ends the run on the host, with what it wrote', async () => {
    const failing = defineFact({
      name: 'broken',
      script: sh`echo nothing here >&2; exit 3`,
      parse: (text) => text,
      assumed: '',
    })
    const { result } = await runOn(inventoryOf(() => [say('x')], [failing]))
    expect(result.exitCode).toBe(2)
    expect(result.recap.here?.error).toMatchObject({
      code: 'fact-failed',
      detail: 'broken ended with status 3: nothing here',
    })
  })

  it('that cannot be read tells what the host printed', async () => {
    const unread = defineFact({
      name: 'unread',
      script: sh`echo {`,
      parse: (text): unknown => JSON.parse(text),
      assumed: {},
    })
    const { result } = await runOn(inventoryOf(() => [say('x')], [unread]))
    expect(result.recap.there?.error).toMatchObject({
      code: 'fact-not-understood',
      detail: expect.stringMatching(/^unread: .*JSON.*printed "\{\\n"$/),
    })
  })

  it('has a name of its own, and nothing to read', () => {
    expect(inventoryOf(() => [], [answer, answer]).problems).toMatchObject([
      { path: 'facts', message: 'there are two facts called answer' },
    ])
    expect(inventoryOf(() => [], ['answer' as never]).problems).toMatchObject([{ path: 'facts.0' }])
    const define = (name: string, input?: string) =>
      defineFact({ name, script: { ...sh`cat`, ...(input ? { input } : {}) }, parse: (text) => text, assumed: '' })
    expect(() => define('a b')).toThrow('The name of a fact')
    expect(() => define('a', 'text')).toThrow('nothing to read')
  })
})

describe('the facts of other hosts', () => {
  const kernelOf = (host: Host | undefined) => say(`${host?.name} ${host?.facts.kernel.length}`)

  it('are there', async () => {
    const { titles } = await runOn(inventoryOf(({ hosts }) => [kernelOf(hosts('database')[0])]))
    expect(titles.length).toBe(2)
    expect(new Set(titles).size).toBe(1)
    expect(titles[0]).toMatch(/^there [1-9]/)
  })

  it('are an error where --limit leaves the host out, before any connection', async () => {
    const inventory = inventoryOf(({ hosts }) => [kernelOf(hosts('database')[0])])
    await expect(runOn(inventory, ['here'])).rejects.toMatchObject({
      family: 'definition',
      message: expect.stringMatching(/facts of a host are not known: there is not in this run.*`reached`/),
    })
  })

  it('can be asked for, and the host itself is known all the same', async () => {
    const inventory = inventoryOf(({ hosts }) =>
      hosts('database').map(({ name, address, groups, reached, vars }) =>
        say([name, address, groups, reached, Object.keys(vars).length].join(' ')),
      ),
    )
    expect((await runOn(inventory, ['here'])).titles).toEqual(['there local database false 0'])
    expect((await runOn(inventory)).titles).toEqual(Array(2).fill('there local database true 0'))
  })
})

describe('a system that the toolkit is not made for', () => {
  /** Runs as on Alpine; the task would leave a file. */
  async function runOnAlpine(mode: 'apply' | 'plan', settings: object) {
    const folder = mkdtempSync(join(tmpdir(), 'own-facts-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const release = join(folder, 'os-release')
    writeFileSync(release, 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.0\nPRETTY_NAME="Alpine Linux v3.22"\n')
    const inner = transportWithStateIn(folder)
    const transport: typeof inner = {
      async connect(target, signal) {
        const connection = await inner.connect(target, signal)
        return {
          open: (text, listener) => connection.open(`mount --bind ${release} /etc/os-release && ${text}`, listener),
          close: () => connection.close(),
          traffic: () => connection.traffic(),
        }
      },
    }
    const made = join(folder, 'made')
    const inventory = inventoryOf(() => [command({ run: sh`touch ${made}`, creates: made })], [], settings)
    const result = await run(
      { inventory, mode, limit: ['here'], tags: [], skipTags: [], overrides: [], forks: 5, diff: false },
      { transport, emit: () => {} },
    )
    return { result, isMade: existsSync(made) }
  }

  it.each(['apply', 'plan'] as const)('is refused by %s before anything is done', async (mode) => {
    const { result, isMade } = await runOnAlpine(mode, { allowUnsupportedSystem: false })
    expect(result.exitCode).toBe(2)
    expect(result.recap.here?.error).toMatchObject({ code: 'unsupported-system', detail: 'Alpine Linux v3.22' })
    expect(isMade).toBe(false)
  })

  it('is worked on where the inventory allows it', async () => {
    const { result, isMade } = await runOnAlpine('apply', {})
    expect(result.exitCode).toBe(0)
    expect(isMade).toBe(true)
  })
})
