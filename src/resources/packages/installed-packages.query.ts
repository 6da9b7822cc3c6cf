/** Asks dpkg for packages: one `dpkg-query` for any number of them, and a second one if some are not installed. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** What dpkg says of a package. */
export interface InstalledPackage {
  /** The version that is there, whole or in part; null where there is nothing but perhaps configuration files. */
  readonly version: string | null
  /** `installed`, `config-files`, `half-configured`; `not-installed` where dpkg does not know it. */
  readonly status: string
  /** Marked to be left at its version, by apt-mark hold. */
  readonly held: boolean
  /** What is installed that provides a package of this name. */
  readonly providers: readonly string[]
}

/** The packages asked for by name, in order; undefined where there is no dpkg. */
export type InstalledPackages = ReadonlyMap<string, InstalledPackage> | undefined

const statuses: Readonly<Record<string, string>> = {
  n: 'not-installed',
  c: 'config-files',
  H: 'half-installed',
  U: 'unpacked',
  F: 'half-configured',
  W: 'triggers-awaited',
  t: 'triggers-pending',
  i: 'installed',
}
const absent: InstalledPackage = { version: null, status: 'not-installed', held: false, providers: [] }
const providersFollow = '-- providers'

interface Row {
  readonly abbreviation: string
  readonly name: string
  readonly architecture: string
  readonly version: string
}

export const installedPackagesQuery: QueryKind<readonly string[], InstalledPackages> = {
  name: 'installed-packages',
  key: (names) => names.join(' '),
  script: (operands) => {
    const names = [...new Set(operands.flat())]
    const words = names.map(quote).join(' ')
    // dpkg itself is asked for as well: its architecture is the one meant by names that have none.
    return String.raw`export LC_ALL=C
rows=$(dpkg-query -W -f '\${db:Status-Abbrev}|\${Package}|\${Architecture}|\${Version}\n' -- dpkg ${words} 2>/dev/null) && whole=yes || whole=
printf '%s\n' "$rows"
IFS='
'
for row in $rows; do case $row in [hi]i*) ;; *) whole= ;; esac; done
if [ -z "$whole" ]; then
  echo '${providersFollow}'
  dpkg-query -W -f '\${db:Status-Abbrev}|\${Package}|\${Provides}\n' | grep -wF ${names.map((name) => `-e ${quote(bareName(name))}`).join(' ')} | grep '^.i.*|.*|.'
fi
:`.replaceAll('\\$', '$')
  },
  parse: ({ stdout }, operands) => {
    const [rowText = '', providerText = ''] = stdout.toString().split(`${providersFollow}\n`)
    const rows = lines(rowText).map((line): Row => {
      const [abbreviation = '', name = '', architecture = '', version = ''] = line.split('|')
      return { abbreviation, name, architecture, version }
    })
    const native = rows.find(({ name }) => name === 'dpkg')?.architecture
    if (native === undefined) return operands.map(() => undefined)
    const providers = providersOf(lines(providerText))
    const answer = (asked: string): InstalledPackage => {
      const [name, architecture = native] = asked.split(':')
      const row = rows.find((row) => row.name === name && [architecture, 'all'].includes(row.architecture))
      return { ...(row ? packageOf(row) : absent), providers: providers.get(bareName(asked)) ?? [] }
    }
    return operands.map((names) => new Map(names.map((name) => [name, answer(name)])))
  },
}

/** The packages of these names (`nginx`, `libc6:i386`); a name without architecture means the host's own. */
export const installedPackages = defineQuery(installedPackagesQuery)

function packageOf({ abbreviation, version }: Row): InstalledPackage {
  const status = statuses[abbreviation[1] ?? ''] ?? 'unknown'
  const there = status !== 'not-installed' && status !== 'config-files'
  return {
    version: there && version !== '' ? version : null,
    status: abbreviation[2] === 'R' ? 'half-installed' : status,
    held: abbreviation.startsWith('h'),
    providers: [],
  }
}

function providersOf(rows: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const row of rows) {
    const [abbreviation = '', provider = '', provided = ''] = row.split('|')
    if (abbreviation[1] !== 'i') continue
    for (const item of provided.split(',')) {
      const name = bareName(item.trim().split(' ')[0] ?? '')
      found.set(name, [...(found.get(name) ?? []), provider])
    }
  }
  return found
}

function bareName(name: string): string {
  return name.replace(/:.*/, '')
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
