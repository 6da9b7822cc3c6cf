/** Every resource on a real host: planned, applied, applied again, spoilt by hand, repaired, removed. */

import { beforeAll, describe, expect, it } from 'vitest'
import type { RunEvent, RunMode } from '../../src/engine/events.ts'
import {
  compareFingerprints,
  type Fingerprint,
  fingerprintScript,
  parseFingerprint,
} from '../../src/engine/fingerprint.ts'
import type { Task } from '../../src/index.ts'
import type { Change } from '../../src/plan/change.ts'
import { resources } from '../../src/resources/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { fileRows } from './on-hosts-file-rows.ts'
import { type Rows, secrets } from './on-hosts-row.ts'
import { preparedSettings, settingPackages, settingRows } from './on-hosts-setting-rows.ts'
import { prepared, systemRows } from './on-hosts-system-rows.ts'

const lab = labFor('test-resources', settingPackages, { hosts: ['web1'] })
const rows: Rows = { ...systemRows, ...fileRows, ...settingRows }
// Tried in other on-hosts-*.lab.test.ts and mysql-*.lab.test.ts: they need more than a row.
const elsewhere = [
  ...['aptRepository', 'archive', 'assert', 'copyTree', 'debconf', 'download', 'git', 'httpCheck', 'script'],
  ...['reboot', 'swap', 'haproxyServer', 'certificate', 'mysqlDatabase', 'mysqlUser', 'mysqlReplica'],
]
const names = Object.keys(rows)
const removable = Object.entries(rows).flatMap(([name, { removal }]) => (removal ? [{ name, removal }] : []))
const tasks = () => Object.values(rows).map(({ task }) => task)
// In reverse, so that what others rest on goes last.
const removals = () => removable.map(({ removal }) => removal.task).reverse()

/** What became of each task, by its title. */
interface Outcome {
  readonly status: string
  readonly changes: readonly Change[]
  readonly error?: string
}

async function run(list: () => readonly Task[], mode: RunMode = 'apply') {
  const { events, web1 } = await applyOnLab(
    lab.inventory(() => list()),
    { mode },
  )
  for (const secret of Object.values(secrets)) expect(JSON.stringify(events)).not.toContain(secret)
  return { outcomes: outcomesOf(events), web1 }
}

function outcomesOf(events: readonly RunEvent[]): ReadonlyMap<string, Outcome> {
  return new Map(
    events.flatMap((event) =>
      event.type === 'task-finished'
        ? [
            [
              event.task.title,
              { status: event.status, changes: event.changes, ...(event.error ? { error: event.error.message } : {}) },
            ],
          ]
        : [],
    ),
  )
}

async function fingerprint(): Promise<Fingerprint> {
  return parseFingerprint((await lab.script('web1', fingerprintScript([]))).stdout)
}

const titleOf = (name: string) => rows[name]?.task.title ?? ''

it('every resource has a row, and every row is of a resource', () => {
  const types = new Set(names.map((name) => name.split(' ')[0]))
  expect([...types, ...elsewhere].sort()).toEqual(Object.keys(resources).sort())
  const titles = Object.values(rows).map(({ task }) => task.title)
  expect(new Set(titles).size).toBe(titles.length)
})

describe('on a pristine host', () => {
  let planned: Awaited<ReturnType<typeof run>>
  let applied: Awaited<ReturnType<typeof run>>

  it('a plan writes nothing and claims no failure', async () => {
    await lab.script('web1', `${prepared}\n${preparedSettings}`)
    const before = await fingerprint()
    expect(before.size).toBeGreaterThan(100)
    planned = await run(tasks, 'plan')
    expect(compareFingerprints(before, await fingerprint())).toEqual([])
    expect(planned.web1.error).toBeUndefined()
    expect(planned.web1.statuses).toMatchObject({ failed: 0, changed: names.length })
  })

  it('an apply goes through', async () => {
    applied = await run(tasks)
    expect(applied.web1.error).toBeUndefined()
  })

  it.each(names)('%s: the plan said what the apply changed', (name) => {
    expect(applied.outcomes.get(titleOf(name))).toEqual({ ...planned.outcomes.get(titleOf(name)), status: 'changed' })
  })

  it('applied again, nothing changes in two round trips, which a fingerprint confirms', async () => {
    const before = await fingerprint()
    const { web1 } = await run(tasks)
    expect(web1.statuses).toMatchObject({ ok: names.length, changed: 0, failed: 0 })
    expect(web1.roundTrips).toBeLessThanOrEqual(2)
    expect(compareFingerprints(before, await fingerprint())).toEqual([])
  })
})

describe('after it was spoilt by hand', () => {
  let repaired: Awaited<ReturnType<typeof run>>

  beforeAll(async () => {
    const drifts = Object.values(rows).map(({ drift }) => `( ${drift} ) >&2 || exit`)
    expect((await lab.script('web1', drifts.join('\n'))).status).toBe(0)
    const spoilt = await fingerprint()
    const plan = await run(tasks, 'plan')
    expect(compareFingerprints(spoilt, await fingerprint())).toEqual([])
    repaired = await run(tasks)
    expect(repaired.web1.error).toBeUndefined()
    expect(plan.outcomes).toEqual(repaired.outcomes)
  })

  it.each(names)('%s: just that is repaired and told', (name) => {
    const outcome = repaired.outcomes.get(titleOf(name))
    expect(outcome?.changes.map(({ key }) => key)).toEqual(rows[name]?.repaired)
    expect(outcome?.status).toBe('changed')
  })

  it('a second repair changes nothing', async () => {
    expect((await run(tasks)).web1.statuses).toMatchObject({ ok: names.length, changed: 0, failed: 0 })
  })
})

describe('removed', () => {
  let removed: Awaited<ReturnType<typeof run>>
  let gone: readonly string[]

  beforeAll(async () => {
    removed = await run(removals)
    expect(removed.web1.error).toBeUndefined()
    const looks = removable.map(
      ({ removal }) => `if ( ${removal.gone} ) >/dev/null 2>&1; then echo gone; else echo there; fi`,
    )
    gone = (await lab.script('web1', looks.join('\n'))).stdout.trim().split('\n')
  })

  it.each(removable)('$name: it is gone', ({ name, removal }) => {
    expect(removed.outcomes.get(removal.task.title)?.status).toBe('changed')
    expect(gone[removable.findIndex((one) => one.name === name)]).toBe('gone')
  })

  it('removed again, nothing changes, which a fingerprint confirms', async () => {
    const before = await fingerprint()
    const { web1 } = await run(removals)
    expect(web1.statuses).toMatchObject({ ok: removable.length, changed: 0, failed: 0 })
    expect(compareFingerprints(before, await fingerprint())).toEqual([])
  })
})
