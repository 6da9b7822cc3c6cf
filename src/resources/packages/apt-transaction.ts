/** Turns the changes of neighbouring `apt` tasks into as few transactions of apt as their options allow. */

import type { Change } from '../../plan/change.ts'
import type { Command } from '../../shell/command.ts'
import { aptOptions, autoMarkKey } from './apt-options.ts'
import type { AptDesired } from './apt-schema.ts'
import { aptScript } from './apt-script.ts'
import { type InstalledPackage, isThere } from './installed-packages.query.ts'

interface AptApplication {
  readonly desired: AptDesired
  readonly current: { readonly installed: ReadonlyMap<string, InstalledPackage> }
  readonly changes: readonly Change[]
}

/** The commands for all of `applications`: one for each run of neighbours with the same options. */
export function* aptTransactions(applications: readonly AptApplication[]): Iterable<Command> {
  let group: AptApplication[] = []
  for (const application of applications) {
    if (group[0] && kindOf(group[0]) !== kindOf(application)) {
      yield transaction(group)
      group = []
    }
    group.push(application)
  }
  if (group.length > 0) yield transaction(group)
}

function transaction(group: readonly AptApplication[]): Command {
  const specs = [...new Set(group.flatMap(specsOf))]
  const names = specs.filter((spec) => !spec.endsWith('-')).map((spec) => spec.replace(/=.*/, ''))
  const discarded = [...new Set(group.flatMap(discardedBy))]
  const broken = group.some(({ current }) =>
    [...current.installed].some(([name, there]) => isBroken(there) && !discarded.includes(name)),
  )
  const latest = group.some(({ desired }) => desired.packages.some(({ state }) => state === 'latest'))
  return aptScript({
    specs,
    names,
    options: group[0] ? aptOptions(group[0].desired) : [],
    discarded,
    purge: group[0]?.desired.purge ?? false,
    mayRemove: mayRemove(group),
    marked: [...new Set(group.flatMap(markedBy))],
    repair: broken,
    // Nothing need be known of what is only removed.
    maxAgeSeconds: names.length > 0 || latest ? Math.min(...group.map(maxAgeSeconds)) : undefined,
    mayGoOnWithOldLists: !latest,
  })
}

/** What apt is told of each package that differs: `name`, `name=version`, or `name-` to remove it. */
function specsOf({ desired, current, changes }: AptApplication): string[] {
  const changed = new Set(changes.map(({ key }) => key))
  // With new lists, a package that was the latest may no longer be.
  const renewed = changes.some(({ key }) => key === 'package lists')
  return desired.packages
    .filter(({ name, state }) => !(state === 'absent' && isBroken(current.installed.get(name))))
    .filter(({ name, state }) => changed.has(name) || (renewed && state === 'latest'))
    .map(({ name, state, version }) => {
      if (state === 'absent') return `${name}-`
      const there = current.installed.get(name)
      // To complete a package is no reason to upgrade it.
      const same = state === 'present' && there?.version && isBroken(there) && there.status !== 'half-installed'
      const exactly = version ?? (same ? there.version : undefined)
      return exactly ? `${name}=${exactly}` : name
    })
}

/** What is installed in part and is to go: apt refuses to remove it, dpkg does not. */
function discardedBy({ desired, current }: AptApplication): string[] {
  const absent = desired.packages.filter(({ state }) => state === 'absent')
  return absent.map(({ name }) => name).filter((name) => isBroken(current.installed.get(name)))
}

function markedBy({ desired, changes }: AptApplication): string[] {
  const changed = new Set(changes.map(({ key }) => key))
  return desired.packages.map(({ name }) => name).filter((name) => changed.has(autoMarkKey(name)))
}

/** What the group may remove: what it declares absent, and what its tasks allow. */
function mayRemove(group: readonly AptApplication[]): readonly string[] | true {
  const allowed = group.map(({ desired }) => desired.allowRemovals)
  if (allowed.includes(true)) return true
  const absent = group.flatMap(({ desired }) => desired.packages.filter(({ state }) => state === 'absent'))
  return [...new Set([...absent.map(({ name }) => name), ...allowed.flatMap((names) => (names === true ? [] : names))])]
}

function isBroken(there: InstalledPackage | undefined): boolean {
  return there !== undefined && isThere(there) && there.status !== 'installed'
}

// A permission to remove anything is for one task alone.
function kindOf({ desired }: AptApplication): string {
  return [...aptOptions(desired), desired.allowRemovals === true].join(' ')
}

function maxAgeSeconds({ desired }: AptApplication): number {
  return Math.floor(desired.updateCache.maxAgeMs / 1000)
}
