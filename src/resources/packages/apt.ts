/** Debian packages: present, at a version, latest, or absent. */

import { defineResource } from '../../model/task.ts'
import type { Change } from '../../plan/change.ts'
import type { Provision } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type AptCandidates, aptCandidates } from './apt-candidates.query.ts'
import { aptOptions, autoMarkKey } from './apt-options.ts'
import { aptRemovals, type Removal } from './apt-removals.query.ts'
import { type AptDesired, aptSchema, type DesiredPackage } from './apt-schema.ts'
import { aptTransactions } from './apt-transaction.ts'
import { type InstalledPackage, installedPackages, isThere } from './installed-packages.query.ts'

interface State {
  readonly installed: ReadonlyMap<string, InstalledPackage>
  readonly candidates: AptCandidates
  /** What apt would remove. */
  readonly removals: readonly Removal[]
}

/**
 * Packages of Debian and Ubuntu.
 *
 * Neighbouring tasks are one transaction of apt. Questions are never asked: configuration files that were edited are kept.
 * A lock is waited for (up to ten minutes, saying who holds it), an interrupted dpkg is completed first. A package that is
 * held is left alone: to change it is an error. A name that an installed package provides (`awk`) is present.
 * Recommended packages are not installed unless `installRecommends` says so. Nothing else is removed unless `allowRemovals`
 * names it. A declared package is marked as manually installed, so apt does not remove it as no longer needed.
 *
 * @example
 * ```ts
 * import { apt } from 'foobar-deploy'
 *
 * apt({ packages: ['nginx', 'curl=7.88.1-10+deb12u12', { name: 'apache2', state: 'absent' }] })
 * apt({ packages: ['chrony'], allowRemovals: ['systemd-timesyncd'] })
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
  read: (desired) => ({
    installed: installedPackages(desired.packages.map(({ name }) => name)),
    candidates: aptCandidates(desired.packages.filter(isLatest).map(({ name }) => name)),
    removals: aptRemovals({ packages: desired.packages, options: aptOptions(desired) }),
  }),
  parse: ({ installed, candidates, removals }, desired): State | Unavailable => {
    if (!installed) {
      return new Unavailable('dpkg does not answer', 'apt is for Debian, Ubuntu and what descends from them.')
    }
    const state = { installed, candidates, removals }
    return heldBack(state, desired) ?? unwanted(state, desired) ?? state
  },
  provides: ({ packages }) =>
    packages.flatMap(({ name, state }) => (state === 'absent' ? [`package ${name}` as const] : broughtBy(name))),
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
  const own = [
    ...(stale ? [lists] : []),
    ...desired.packages.flatMap((wanted) => packageChange(current, wanted, desired)),
  ]
  const removed = own.length > 0 ? furtherRemovals(current, desired) : []
  return [
    ...own,
    ...desired.packages.flatMap((wanted) => markChange(current, wanted)),
    ...removed.map(({ name, version }) => ({ key: name, from: version, to: null })),
  ]
}

function markChange({ installed }: State, { name, state }: DesiredPackage): Change[] {
  const isAutomatic = state !== 'absent' && installed.get(name)?.automatic === true
  return isAutomatic ? [{ key: autoMarkKey(name), from: 'auto', to: 'manual' }] : []
}

/** What apt would remove besides what the task says to. */
function furtherRemovals({ removals }: State, { packages }: AptDesired): readonly Removal[] {
  const absent = new Set(packages.filter(({ state }) => state === 'absent').map(({ name }) => name))
  return removals.filter(({ name }) => !absent.has(name))
}

function unwanted(state: State, desired: AptDesired): Unavailable | undefined {
  const { allowRemovals } = desired
  if (allowRemovals === true || diff(state, desired).length === 0) return undefined
  const names = furtherRemovals(state, desired)
    .map(({ name }) => name)
    .filter((name) => !allowRemovals.includes(name))
  if (names.length === 0) return undefined
  return new Unavailable(
    `apt would remove ${names.join(', ')} as well`,
    `If ${names.length === 1 ? 'it' : 'they'} may go: allowRemovals: [${names.map((name) => `'${name}'`).join(', ')}]`,
    names.map((name) => `package ${name}` as const),
  )
}

function packageChange({ installed, candidates }: State, wanted: DesiredPackage, { purge }: AptDesired): Change[] {
  const { name, state, version } = wanted
  const found = installed.get(name)
  const { version: there = null, status = '', providers = [] } = found ?? {}
  const whole = status === 'installed'
  const isPart = found !== undefined && isThere(found) && !whole
  const from = !isPart ? there : there === null ? status : `${there} (${status})`
  if (state === 'absent') {
    if (from !== null) return [{ key: name, from, to: null }]
    return purge && status === 'config-files' ? [{ key: name, from: 'configuration files', to: null }] : []
  }
  const candidate = state === 'latest' ? candidates.versions.get(name) : undefined
  const exactly = version ?? candidate
  if (exactly !== undefined) return whole && there === exactly ? [] : [{ key: name, from, to: exactly }]
  return whole || (from === null && providers.length > 0) ? [] : [{ key: name, from, to: state }]
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
