/** A short series of `make faults`, the same each time: each kind of fault once or more, on hosts made of namespaces. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addOrigins, makeSources } from './fault-playbook.ts'
import { inject } from './inject.ts'
import { describeInjection, type Injection, planInjections } from './injection.ts'
import { makeTemplate, type Template } from './namespace-host.ts'
import { makeReference, type Reference } from './reference.ts'
import { addSshd } from './ssh-wire.ts'

const seed = 8
let sources: string
let template: Template
let reference: Reference

beforeAll(async () => {
  sources = mkdtempSync(join(tmpdir(), 'foobar-deploy-sources-'))
  makeSources(sources)
  template = makeTemplate((root) => {
    addOrigins(root)
    addSshd(root, sources)
  })
  reference = await makeReference(template, sources)
})

afterAll(() => {
  template?.remove()
  rmSync(sources, { recursive: true, force: true })
})

const counts = { in: 20_000, out: 6000, err: 2000, message: 60, section: 70, shell: 3, connection: 1 }
const plan = planInjections(seed, 1000, { shell: counts, ssh: { ...counts, in: 300_000, out: 20_000 } })

// The first of each way and kind, but none that waits for the lease of a lock.
const quick = plan.filter(({ fault, isImpatient }) => fault.kind !== 'lose-controller' || !isImpatient)
const chosen = [...Map.groupBy(quick, ({ via, fault }) => `${via} ${fault.kind}`).values()].map(
  ([first]) => first as Injection,
)

describe.concurrent('nothing is lost, done twice or left behind', () => {
  it('by any kind of fault in the plan', () => {
    expect(chosen.length).toBeGreaterThan(20)
  })

  it.each(chosen.map((injection) => [describeInjection(injection), injection] as const))('%s', async (_, injection) => {
    const { violations } = await inject(injection, reference, seed)
    expect(violations).toEqual([])
  })
})

describe('a plan', () => {
  it('is the same for the same seed, and another for another one', () => {
    const short = { shell: counts, ssh: counts }
    expect(planInjections(1, 50, short)).toEqual(planInjections(1, 50, short))
    expect(planInjections(1, 50, short)).not.toEqual(planInjections(2, 50, short))
  })

  it('of a thousand has a cut at every boundary of a message', () => {
    const cuts = plan.filter(
      ({ via, fault, moment }) => via === 'shell' && fault.kind === 'cut' && moment.after === 'message',
    )
    expect(new Set(cuts.map(({ moment }) => moment.count)).size).toBe(counts.message)
  })
})
