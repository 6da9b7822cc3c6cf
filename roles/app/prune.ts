/** Removing old releases. */

import { command, sh } from 'foobar-deploy'
import { placesOf } from './places.ts'
import type { AppVariables } from './variables.ts'

/** Leaves the newest releases, and among them always the one in force and the one that was ready last. */
export function pruned(vars: AppVariables) {
  const { releases, current, lastReady } = placesOf(vars)
  const { keepReleases } = vars
  return command({
    title: `at most ${keepReleases} releases of ${vars.name}`,
    run: sh`cd ${releases} || exit
current=$(readlink ${current}); current=\${current##*/}
ready=$(readlink ${lastReady}); ready=\${ready##*/}
left=${keepReleases}
for one in "$current" "$ready"; do [ -d "./\${one:-.none}" ] && left=$((left - 1)); done
[ "$current" != "$ready" ] || left=$((left + 1))
for one in $(ls -1t); do
  case $one in "$current" | "$ready") continue ;; esac
  if [ "$left" -gt 0 ]; then left=$((left - 1)); else rm -rf --one-file-system -- "./$one"; fi
done`,
    unless: sh`[ "$(ls -1 ${releases} 2>/dev/null | wc -l)" -le ${keepReleases} ]`.script,
  })
}
