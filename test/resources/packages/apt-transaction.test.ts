/** Neighbouring tasks of apt: one transaction where their options agree. */

import { apt } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { failureHint } from '../../../src/engine/apply/failure-hint.ts'
import type { Task } from '../../../src/model/task-tree.ts'

import type { Action } from '../../../src/plan/action.ts'
import type { InstalledPackage } from '../../../src/resources/packages/installed-packages.query.ts'
import { shellErrors } from '../play-case.ts'
import { runScript } from '../run-script.ts'
import { standIns } from '../stand-in.ts'

const there = (version: string, status = 'installed'): InstalledPackage => ({
  version,
  status,
  held: false,
  automatic: false,
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
    const current = {
      installed,
      candidates: { versions: new Map(), listsAgeSeconds: Number.POSITIVE_INFINITY },
      removals: [],
    }
    return { desired, current, changes: resource.diff(current, desired) }
  })
  const actions: Action[] = [...(apt.resource.applyTogether?.(applications) ?? [])]
  return actions.map((action) => ('script' in action ? action.script : action.kind))
}

const installs = (script: string) => /^apt install (.*) \|\| status=\$\?$/m.exec(script)?.[1]

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
      '--no-install-recommends --no-remove -- a',
      '--install-recommends --no-remove -- b',
      '--no-install-recommends --allow-downgrades --no-remove -- c',
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
    expect(installs(script)).toBe('--no-install-recommends --no-remove -- half=2.0 broken')
    expect(script).toContain('repair=yes\n')
  })
})

describe('what may not be removed', () => {
  /** A host whose apt would remove two packages, where `--no-remove` does not forbid it; and what it really installed. */
  function carryOut(script: string) {
    const { before } = standIns({
      'apt-get': `case " $* " in
  *' -s '*) printf 'Remv timesyncd [1]\\nPurg ntp:i386 [2]\\nInst chrony (3)\\n' ;;
  *' --no-remove '*) exit 100 ;;
  *' install '*) echo "INSTALLED $*" ;;
esac`,
      'apt-cache': 'echo "chrony:"',
      'apt-mark': 'echo "MARKED $*" >&2',
      dpkg: 'echo "DPKG $*"; exit "$DPKG_STATUS"',
      touch: ':',
    })
    return (status = 0) => {
      const output = runScript(script, `${before}; export DPKG_STATUS=${status}`)
      return { status: output.status, said: `${output.stdout}${output.stderr}` }
    }
  }
  const refusal = 'as well, so nothing was changed. If they may go, name them in allowRemovals\n'

  it('is named, and nothing is installed', () => {
    const [script = ''] = scripts(apt({ packages: ['chrony'] }))
    expect(carryOut(script)()).toMatchObject({
      status: 1,
      said: expect.stringContaining(`apt would remove timesyncd ntp:i386 ${refusal}`),
    })
  })

  it('is the rest of what is allowed by name or declared absent', () => {
    const [script = ''] = scripts(apt({ packages: ['chrony'], allowRemovals: 'timesyncd' }))
    const { status, said } = carryOut(script)()
    expect(status).toBe(1)
    expect(said).toContain(`apt would remove ntp:i386 ${refusal}`)
    expect(said).not.toContain('INSTALLED')
    const [both = ''] = scripts(
      apt({ packages: ['chrony'], allowRemovals: ['ntp:i386'] }),
      apt({ packages: ['timesyncd'], state: 'absent' }),
    )
    expect(carryOut(both)()).toMatchObject({ status: 0, said: expect.stringContaining('INSTALLED') })
  })

  it('is nothing where anything may be; such a task is a transaction of its own', () => {
    const [script = '', other = ''] = scripts(
      apt({ packages: ['chrony'], allowRemovals: true }),
      apt({ packages: ['other'] }),
    )
    expect(carryOut(script)()).toMatchObject({ status: 0, said: expect.stringContaining('INSTALLED') })
    expect(installs(other)).toBe('--no-install-recommends --no-remove -- other')
  })

  it('leaves a package that is installed in part to dpkg, and to apt where dpkg refuses', () => {
    const [script = ''] = scripts(apt({ packages: ['broken'], state: 'absent', allowRemovals: true }))
    expect(shellErrors(script)).toBe('')
    const run = carryOut(script)
    const removed = run().said
    expect(removed).toContain('DPKG --force-remove-reinstreq --remove -- broken\n')
    expect(removed).not.toContain('broken-')
    expect(run(1).said).toMatch(/INSTALLED .* -- broken-\n/)
    const [purge = ''] = scripts(apt({ packages: ['broken'], state: 'absent', purge: true }))
    expect(purge).toContain('dpkg --force-remove-reinstreq --purge -- broken')
  })
})

it('of damaged lists it is not said that they lack the package', () => {
  const damaged = 'echo "E: The package cache file is corrupted" >&2; exit 100'
  const { before } = standIns({ 'apt-get': damaged, 'apt-cache': damaged, dpkg: ':', 'dpkg-query': ':', touch: ':' })
  const [script = ''] = scripts(apt({ packages: ['tree'] }))
  const output = runScript(script, before)
  const said = `${output.stdout}${output.stderr}`
  expect(output.status).toBe(100)
  expect(said).not.toContain('apt knows no package')
  expect(failureHint(100, said)).toContain('A package list is damaged')
})
