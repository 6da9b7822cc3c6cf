/** Debian packages: present, at a version, latest, or absent. */

import { defineResource } from '../../model/task.ts'
import type { Change } from '../../plan/change.ts'
import type { Provision } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type AptCandidates, aptCandidates } from './apt-candidates.query.ts'
import { type AptDesired, aptSchema, type DesiredPackage } from './apt-schema.ts'
import { aptTransactions } from './apt-transaction.ts'
import { type InstalledPackage, installedPackages } from './installed-packages.query.ts'

interface State {
  readonly installed: ReadonlyMap<string, InstalledPackage>
  readonly candidates: AptCandidates
}

/**
 * Packages of Debian and Ubuntu.
 *
 * Neighbouring tasks are one transaction of apt. Questions are never asked: configuration files that were edited are kept.
 * A lock is waited for (up to ten minutes, saying who holds it), an interrupted dpkg is completed first. A package that is
 * held is left alone: to change it is an error. A name that an installed package provides (`awk`) is present.
 * Recommended packages are not installed unless `installRecommends` says so.
 *
 * @example
 * ```ts
 * import { apt } from 'foobar-deploy'
 *
 * apt({ packages: ['nginx', 'curl=7.88.1-10+deb12u12', { name: 'apache2', state: 'absent' }] })
 * apt({ packages: ['openssl'], state: 'latest', updateCache: { maxAgeMs: 3_600_000 } })
 * ```
 */
export const apt = defineResource({
  type: 'apt',
  schema: aptSchema,
  id: ({ packages }) => {
    const names = packages.map(({ name }) => name)
    return names.length <= 4 ? names.join(' ') : `${names.slice(0, 3).join(' ')} and ${names.length - 3} more`
  },
  read: ({ packages }) => ({
    installed: installedPackages(packages.map(({ name }) => name)),
    candidates: aptCandidates(packages.filter(isLatest).map(({ name }) => name)),
  }),
  parse: ({ installed, candidates }, desired): State | Unavailable => {
    if (!installed) {
      return new Unavailable('dpkg does not answer', 'apt is for Debian, Ubuntu and what descends from them.')
    }
    return heldBack({ installed, candidates }, desired) ?? { installed, candidates }
  },
  provides: ({ packages }) => packages.flatMap(({ name, state }) => (state === 'absent' ? [] : broughtBy(name))),
  diff,
  *apply(changes, desired, current) {
    yield* aptTransactions([{ desired, current, changes }])
  },
  *applyTogether(applications) {
    yield* aptTransactions(applications)
  },
})

const listsKey = 'package lists'

function diff(current: State, desired: AptDesired): Change[] {
  const { listsAgeSeconds } = current.candidates
  const stale = desired.packages.some(isLatest) && listsAgeSeconds * 1000 > desired.updateCache.maxAgeMs
  const lists = { key: listsKey, from: describeAge(listsAgeSeconds), to: 'updated' }
  return [...(stale ? [lists] : []), ...desired.packages.flatMap((wanted) => packageChange(current, wanted, desired))]
}

function packageChange({ installed, candidates }: State, wanted: DesiredPackage, { purge }: AptDesired): Change[] {
  const { name, state, version } = wanted
  const { version: there = null, status = '', providers = [] } = installed.get(name) ?? {}
  const whole = status === 'installed'
  if (state === 'absent') {
    if (there !== null) return [{ key: name, from: there, to: null }]
    return purge && status === 'config-files' ? [{ key: name, from: 'configuration files', to: null }] : []
  }
  const from = there === null || whole ? there : `${there} (${status})`
  const candidate = state === 'latest' ? candidates.versions.get(name) : undefined
  const exactly = version ?? candidate
  if (exactly !== undefined) return whole && there === exactly ? [] : [{ key: name, from, to: exactly }]
  return whole || (there === null && providers.length > 0) ? [] : [{ key: name, from, to: state }]
}

function heldBack(state: State, desired: AptDesired): Unavailable | undefined {
  for (const wanted of desired.packages) {
    const there = state.installed.get(wanted.name)
    const [change] = packageChange(state, wanted, desired)
    if (there?.held && there.version !== null && change) {
      return new Unavailable(
        `${wanted.name} is held at ${there.version}, so it cannot become ${change.to ?? 'absent'}`,
        `Somebody marked it to be left alone. To change it: apt-mark unhold ${wanted.name}`,
        [`package ${wanted.name}`],
      )
    }
  }
  return undefined
}

function isLatest({ state }: DesiredPackage): boolean {
  return state === 'latest'
}

function describeAge(seconds: number): string {
  if (seconds === Number.POSITIVE_INFINITY) return 'missing, or older than the sources'
  const hours = Math.floor(seconds / 3600)
  return hours === 0 ? `${Math.floor(seconds / 60)} min old` : `${hours} h old`
}

// Nobody knows what is in a package. /home, /srv and /usr/local are the administrator's.
function broughtBy(name: string): Provision[] {
  return [
    ...['bin', 'boot', 'etc', 'lib', 'opt', 'run', 'sbin', 'var'].map((folder): Provision => `tree /${folder}`),
    ...['bin', 'include', 'lib', 'libexec', 'sbin', 'share', 'src'].map((folder): Provision => `tree /usr/${folder}`),
    'unit *',
    'user *',
    'group *',
    // Most likely what bears its name.
    `program ${name}`,
    `unit ${name}.service`,
    `user ${name}`,
    `group ${name}`,
    ...['etc', 'var/lib', 'var/log'].map((folder): Provision => `tree /${folder}/${name}`),
  ]
}
