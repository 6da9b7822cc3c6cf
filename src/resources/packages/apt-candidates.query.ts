/** Asks apt which versions it would install, and how old its package lists are. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** What apt would install, as far as its lists know. */
export interface AptCandidates {
  /** By name; a package that apt does not know, or knows as virtual only, is not in it. */
  readonly versions: ReadonlyMap<string, string>
  /** Seconds since the lists were updated; Infinity where there are none or the sources have changed since. */
  readonly listsAgeSeconds: number
}

/**
 * POSIX sh that sets `lists_age` to the age of the package lists in seconds, or to `none` where there are none, or
 * `outdated` where the sources have changed since. `apt-get update` leaves no trace when nothing was new upstream,
 * so whoever runs it touches the folder. The age of the cache (pkgcache.bin) says nothing: each installation renews it.
 */
export const listsAgeScript = `lists_stamp=/var/lib/apt/lists
[ /var/lib/apt/periodic/update-success-stamp -nt "$lists_stamp" ] && lists_stamp=/var/lib/apt/periodic/update-success-stamp
set -- /var/lib/apt/lists/*Release
if [ -e "$1" ]; then
  lists_age=$(($(date +%s) - $(stat -c %Y -- "$lists_stamp")))
  for source in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/sources.list.d/*; do
    [ "$source" -nt "$lists_stamp" ] && lists_age=outdated
  done
else
  lists_age=none
fi`

const nothing: AptCandidates = { versions: new Map(), listsAgeSeconds: Number.POSITIVE_INFINITY }

const aptCandidatesQuery: QueryKind<readonly string[], AptCandidates> = {
  name: 'apt-candidates',
  key: (names) => names.join(' '),
  script: (operands) => {
    const names = [...new Set(operands.flat())]
    if (names.length === 0) return ':'
    return `${listsAgeScript}
echo "$lists_age"
LC_ALL=C apt-cache policy -- ${names.map(quote).join(' ')}`
  },
  parse: ({ stdout }, operands) => {
    const [age = '', ...rows] = stdout.toString().split('\n')
    const versions = candidates(rows)
    const listsAgeSeconds = /^-?\d+$/.test(age) ? Math.max(0, Number(age)) : Number.POSITIVE_INFINITY
    return operands.map((names) => (names.length === 0 ? nothing : { versions, listsAgeSeconds }))
  },
}

/** The candidates for packages of these names; for none, apt is not asked. */
export const aptCandidates = defineQuery(aptCandidatesQuery)

function candidates(rows: readonly string[]): ReadonlyMap<string, string> {
  const versions = new Map<string, string>()
  let name = ''
  for (const row of rows) {
    if (/^\S/.test(row)) name = row.replace(/:$/, '')
    const version = /^ {2}Candidate: (\S+)$/.exec(row)?.[1]
    if (version !== undefined && version !== '(none)') versions.set(name, version)
  }
  return versions
}
