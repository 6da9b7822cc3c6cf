/** The same wishes carried out by us on one host and by real Ansible on its equal: what comes of them, row by row. */

import { beforeAll, describe, expect, it } from 'vitest'
import type { Task } from '../../src/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { runAnsible } from './ansible-run.ts'
import type { AnsibleTask, Report } from './comparison.ts'
import { factsOf, parseState, stateScript } from './host-state.ts'
import { type PlacedRow, prepareScript, rows } from './rows.ts'

// The release whose Python ansible-core of the Debian stable releases still knows.
const lab = labFor('test-ansible', ['python3', 'cron', 'procps'], { suite: 'bookworm' })
const hosts = ['web1', 'web2'] as const
type Outcomes = ReadonlyMap<string, readonly string[]>

const many = <T>(given: T | readonly T[]): readonly T[] => [given].flat() as T[]

/** What became of the tasks of each row, which `run` carries out all at once. */
async function reports<T>(
  of: readonly PlacedRow[],
  tasksOf: (row: PlacedRow) => readonly T[],
  run: (tasks: readonly T[]) => Promise<readonly Report[]>,
): Promise<readonly [string, Report][]> {
  const all = await run(of.flatMap(tasksOf))
  let next = 0
  return of.map((row) => {
    const own = all.slice(next, next + tasksOf(row).length)
    next += own.length
    const worst = (['failed', 'changed', 'ok'] as const).find((report) => own.includes(report))
    return [row.name, worst as Report]
  })
}

async function runOurs(tasks: readonly Task[]): Promise<readonly Report[]> {
  const { events, web1 } = await applyOnLab(
    lab.inventory(() => tasks.map((task) => ({ ...task, ignoreFailure: true }))),
  )
  expect(web1.error).toBeUndefined()
  return events.flatMap((event) => (event.type === 'task-finished' ? [event.status as Report] : []))
}

async function reportsOf(host: 'web1' | 'web2'): Promise<ReadonlyMap<string, Report>> {
  if (host === 'web1') return new Map(await reports(rows, ({ ours, folder }) => many(ours(folder)), runOurs))
  // One run for each kind, side by side: one alone mostly waits.
  const kinds = Object.values(Object.groupBy(rows, ({ name }) => name.split(':')[0] as string)) as PlacedRow[][]
  const tasksOf = ({ theirs, folder }: PlacedRow) => many(theirs(folder))
  const run = (tasks: readonly AnsibleTask[]) => runAnsible(lab.spec.name, host, tasks)
  return new Map((await Promise.all(kinds.map((kind) => reports(kind, tasksOf, run)))).flat())
}

async function outcomes(host: 'web1' | 'web2'): Promise<Outcomes> {
  const run = () => reportsOf(host)
  const first = await run()
  const state = await look(host)
  const second = await run()
  const after = await look(host)
  return new Map(
    rows.map((row) => {
      const facts = factsOf(row, state)
      const moved = JSON.stringify(facts) === JSON.stringify(factsOf(row, after)) ? [] : ['moves at the second run']
      return [row.name, [`reports ${first.get(row.name)}, then ${second.get(row.name)}`, ...facts, ...moved]]
    }),
  )
}

async function look(host: 'web1' | 'web2') {
  const { status, stdout } = await lab.script(host, stateScript(rows))
  expect(status).toBe(0)
  return parseState(stdout)
}

const without = (lines: readonly string[], others: readonly string[]) => lines.filter((line) => !others.includes(line))

it('there are at least 60 rows, each of its own name, of six resources', () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length)
  expect(rows.length).toBeGreaterThanOrEqual(60)
  const types = rows.flatMap(({ ours, folder }) => many(ours(folder)).map(({ resource }) => resource.type))
  expect([...new Set(types)].sort()).toEqual(['blockInFile', 'cron', 'file', 'lineInFile', 'sysctl', 'user'])
})

describe('two equal hosts', () => {
  let ours: Outcomes
  let theirs: Outcomes

  beforeAll(async () => {
    const before = await Promise.all(
      hosts.map(async (host) => {
        expect((await lab.script(host, prepareScript)).status).toBe(0)
        return look(host)
      }),
    )
    expect(before[0]).toEqual(before[1])
    ;[ours, theirs] = await Promise.all([outcomes('web1'), outcomes('web2')])
  })

  it.each(rows)('$name', ({ name, reports = 'changed', differs }) => {
    const [our, their] = [ours.get(name) ?? [], theirs.get(name) ?? []]
    expect({ ours: without(our, their), theirs: without(their, our) }).toEqual({
      ours: differs?.ours ?? [],
      theirs: differs?.theirs ?? [],
    })
    expect(our[0]).toBe(`reports ${reports}, then ${reports === 'failed' ? 'failed' : 'ok'}`)
    expect(our).not.toContain('moves at the second run')
  })
})
