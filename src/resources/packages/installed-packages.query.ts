/** Asks for packages: one `dpkg-query` for any number of them, a second one if some are not installed, one `grep` for apt's marks. */

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
  /** Marked as installed for others alone (apt-mark auto), so that apt may remove it when they go. */
  readonly automatic: boolean
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
const absent: InstalledPackage = {
  version: null,
  status: 'not-installed',
  held: false,
  automatic: false,
  providers: [],
}
const providersFollow = '-- providers'
const marksFollow = '-- marks'

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
echo '${marksFollow}'
grep -hxF -A2 ${names.map((name) => `-e ${quote(`Package: ${bareName(name)}`)}`).join(' ')} /var/lib/apt/extended_states 2>/dev/null
:`.replaceAll('\\$', '$')
  },
  parse: ({ stdout }, operands) => {
    const [answerText = '', markText = ''] = stdout.toString().split(`${marksFollow}\n`)
    const [rowText = '', providerText = ''] = answerText.split(`${providersFollow}\n`)
    const rows = lines(rowText).map((line): Row => {
      const [abbreviation = '', name = '', architecture = '', version = ''] = line.split('|')
      return { abbreviation, name, architecture, version }
    })
    const native = rows.find(({ name }) => name === 'dpkg')?.architecture
    if (native === undefined) return operands.map(() => undefined)
    const providers = providersOf(lines(providerText))
    const automatic = automaticOf(markText)
    const answer = (asked: string): InstalledPackage => {
      const [name, architecture = native] = asked.split(':')
      const row = rows.find((row) => row.name === name && [architecture, 'all'].includes(row.architecture))
      const isAutomatic =
        row !== undefined && automatic.has(`${name}:${row.architecture === 'all' ? native : row.architecture}`)
      return {
        ...(row ? packageOf(row) : absent),
        automatic: isAutomatic,
        providers: providers.get(bareName(asked)) ?? [],
      }
    }
    return operands.map((names) => new Map(names.map((name) => [name, answer(name)])))
  },
}

/** Whether dpkg has something of it, whole or in part, besides configuration files. */
export function isThere({ status }: InstalledPackage): boolean {
  return status !== 'not-installed' && status !== 'config-files'
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
    automatic: false,
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

/** Names with architecture, of apt's own notes: `Package:`, `Architecture:`, `Auto-Installed:`. */
function automaticOf(text: string): ReadonlySet<string> {
  const noted = text.matchAll(/^Package: (\S+)\nArchitecture: (\S+)\nAuto-Installed: 1$/gm)
  return new Set([...noted].map(([, name, architecture]) => `${name}:${architecture}`))
}

function bareName(name: string): string {
  return name.replace(/:.*/, '')
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
