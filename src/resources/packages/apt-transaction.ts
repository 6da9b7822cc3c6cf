/** Turns the changes of neighbouring `apt` tasks into as few transactions of apt as their options allow. */

import type { Change } from '../../plan/change.ts'
import type { Command } from '../../shell/command.ts'
import type { AptDesired } from './apt-schema.ts'
import { aptScript } from './apt-script.ts'
import type { InstalledPackage } from './installed-packages.query.ts'

interface AptApplication {
  readonly desired: AptDesired
  readonly current: { readonly installed: ReadonlyMap<string, InstalledPackage> }
  readonly changes: readonly Change[]
}

/** The commands for all of `applications`: one for each run of neighbours with the same options. */
export function* aptTransactions(applications: readonly AptApplication[]): Iterable<Command> {
  let group: AptApplication[] = []
  for (const application of applications) {
    if (group[0] && optionsOf(group[0]).join(' ') !== optionsOf(application).join(' ')) {
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
  const broken = group.some(({ current }) => [...current.installed.values()].some(isBroken))
  const latest = group.some(({ desired }) => desired.packages.some(({ state }) => state === 'latest'))
  return aptScript({
    specs,
    names,
    options: group[0] ? optionsOf(group[0]) : [],
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
    .filter(({ name, state }) => changed.has(name) || (renewed && state === 'latest'))
    .map(({ name, state, version }) => {
      if (state === 'absent') return `${name}-`
      const there = current.installed.get(name)
      // To complete a package is no reason to upgrade it.
      const same = state === 'present' && there && isBroken(there) && there.status !== 'half-installed'
      const exactly = version ?? (same ? there.version : undefined)
      return exactly ? `${name}=${exactly}` : name
    })
}

function isBroken({ status, version }: InstalledPackage): boolean {
  return version !== null && status !== 'installed'
}

function optionsOf({ desired }: AptApplication): string[] {
  return [
    desired.installRecommends ? '--install-recommends' : '--no-install-recommends',
    ...(desired.allowDowngrade ? ['--allow-downgrades'] : []),
    ...(desired.purge ? ['--purge'] : []),
  ]
}

function maxAgeSeconds({ desired }: AptApplication): number {
  return Math.floor(desired.updateCache.maxAgeMs / 1000)
}
