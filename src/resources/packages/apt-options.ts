/** What an `apt` task says to `apt-get install`, and how its changes are named. */

import type { AptDesired } from './apt-schema.ts'

/** The options of `apt-get install` for a task. */
export function aptOptions({ installRecommends, allowDowngrade, purge }: AptDesired): string[] {
  return [
    installRecommends ? '--install-recommends' : '--no-install-recommends',
    ...(allowDowngrade ? ['--allow-downgrades'] : []),
    ...(purge ? ['--purge'] : []),
  ]
}

/** The key of the change that marks a package as manually installed. */
export function autoMarkKey(name: string): string {
  return `apt-mark of ${name}`
}
