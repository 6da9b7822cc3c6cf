/** Neighbouring tasks of apt: one transaction where their options agree. */

import { apt } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import type { Task } from '../../../src/model/task-tree.ts'

import type { Action } from '../../../src/plan/action.ts'
import type { InstalledPackage } from '../../../src/resources/packages/installed-packages.query.ts'
import { shellErrors } from '../play-case.ts'

const there = (version: string, status = 'installed'): InstalledPackage => ({
  version,
  status,
  held: false,
  providers: [],
})
const installed = new Map([
  ['old', there('1.0')],
  ['half', there('2.0', 'half-configured')],
  ['broken', there('3.0', 'half-installed')],
])

/** The scripts that apply the tasks as neighbours. */
function scripts(...tasks: readonly Task[]): string[] {
  const applications = tasks.map(({ resource, desired }) => {
    const current = { installed, candidates: { versions: new Map(), listsAgeSeconds: Number.POSITIVE_INFINITY } }
    return { desired, current, changes: resource.diff(current, desired) }
  })
  const actions: Action[] = [...(apt.resource.applyTogether?.(applications) ?? [])]
  return actions.map((action) => ('script' in action ? action.script : action.kind))
}

const installs = (script: string) => /^apt install (.*) && exit$/m.exec(script)?.[1]

describe('neighbours', () => {
  it('are one transaction, removals included, each package once', () => {
    const [script = '', ...more] = scripts(
      apt({ packages: ['a', 'b=1.2'] }),
      apt({ packages: ['b=1.2', 'old'] }),
      apt({ packages: ['old'], state: 'absent' }),
    )
    expect(more).toEqual([])
    expect(installs(script)).toBe('--no-install-recommends -- a b=1.2 old-')
    expect(shellErrors(script)).toBe('')
  })

  it('are parted where their options differ', () => {
    const found = scripts(
      apt({ packages: ['a'] }),
      apt({ packages: ['b'], installRecommends: true }),
      apt({ packages: ['c'], allowDowngrade: true }),
      apt({ packages: ['old'], state: 'absent', purge: true }),
    )
    expect(found.map(installs)).toEqual([
      '--no-install-recommends -- a',
      '--install-recommends -- b',
      '--no-install-recommends --allow-downgrades -- c',
      '--no-install-recommends --purge -- old-',
    ])
  })

  it('take the strictest age of the lists, and none to remove', () => {
    const hour = { maxAgeMs: 3_600_000 }
    expect(scripts(apt({ packages: ['a'] }), apt({ packages: ['b'], updateCache: hour }))[0]).toContain('-gt 3600 ]')
    expect(scripts(apt({ packages: ['old'], state: 'absent' }))[0]).not.toContain('apt -o APT::Update')
  })

  it('may go on with old lists, but not where the latest is asked for', () => {
    expect(scripts(apt({ packages: ['a'] }))[0]).toContain('going on with the old ones')
    expect(scripts(apt({ packages: ['a'] }), apt({ packages: ['old'], state: 'latest' }))[0]).not.toContain('going on')
  })

  it('complete what is there in part at its version, or anew where its files are not whole', () => {
    const [script = ''] = scripts(apt({ packages: ['half', 'broken'] }))
    expect(installs(script)).toBe('--no-install-recommends -- half=2.0 broken')
    expect(script).toContain('repair=yes\n')
  })
})
