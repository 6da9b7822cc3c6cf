/** Asks apt which packages it would remove to install or remove others: one simulation per task that has something to do. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import type { DesiredPackage } from './apt-schema.ts'

/** What apt would be asked for. */
export interface AptSimulation {
  readonly packages: readonly DesiredPackage[]
  /** Options of `apt-get install`. */
  readonly options: readonly string[]
}

/** A package that would be removed. */
export interface Removal {
  readonly name: string
  readonly version: string
}

export const aptRemovalsQuery: QueryKind<AptSimulation, readonly Removal[]> = {
  name: 'apt-removals',
  key: ({ packages, options }) =>
    [...options, ...packages.map((wanted) => `${specOf(wanted)} ${wanted.state}`)].join(' '),
  // A simulation takes about a second, so it is spared where dpkg alone can tell that nothing differs. `latest` it cannot tell.
  // Tasks with the same options are simulated together; one by one only if that would remove something, or fails.
  script: (operands) => {
    const names = [...new Set(operands.flatMap(({ packages }) => packages.map(({ name }) => name)))]
    const groups = Map.groupBy(operands.keys(), (index) => operands[index]?.options.map(quote).join(' ') ?? '')
    const answers = operands.map(({ options }, index) => `echo '--'; answer ${index} ${options.map(quote).join(' ')}`)
    return `export LC_ALL=C; set -f
rows=$(dpkg-query -W -f '\${db:Status-Abbrev}|\${Package}|\${Version}|\\n' -- ${names.map(quote).join(' ')} 2>/dev/null)
provided() { dpkg-query -W -f '\${db:Status-Abbrev}|, \${Provides},\\n' | grep '^.i' | grep -qF -e ", $1," -e ", $1 "; }
simulate() { r=$(apt-get -s -q install "$@" 2>/dev/null) || return 1; printf '%s\\n' "$r" | grep -E '^(Remv|Purg) '; return 0; }
answer() { eval "p=\\$p$1 q=\\$q$1"; shift; [ -z "$p" ] || [ -n "$q" ] || simulate "$@" $p; }
${operands.map(({ packages }, index) => [`p${index}= q${index}=`, ...packages.map((wanted) => addIfLacking(wanted, index))].join('\n')).join('\n')}
${[...groups].map(([options, members]) => together(options, members)).join('\n')}
${answers.join('\n')}
:`
  },
  parse: ({ stdout }, operands) => {
    const answers = stdout.toString().split(/^--\n/m).slice(1)
    return operands.map((_, index) => removals(answers[index] ?? ''))
  },
}

/** The packages that apt would remove. */
export const aptRemovals = defineQuery(aptRemovalsQuery)

function specOf({ name, version, state }: DesiredPackage): string {
  if (state === 'absent') return `${name}-`
  return version === undefined ? name : `${name}=${version}`
}

// Sets $q0, $q1 and so on where the tasks of these numbers remove nothing, even all of them together.
function together(options: string, members: readonly number[]): string {
  if (members.length < 2) return ':'
  const all = members.map((index) => `$p${index}`)
  const quiet = members.map((index) => `q${index}=1`).join(' ')
  return `c="${all.join('')}"; [ -z "$c" ] || { c=$(simulate ${options} ${all.join(' ')}) && [ -z "$c" ] && { ${quiet}; }; }`
}

function addIfLacking(wanted: DesiredPackage, index: number): string {
  const { version, state } = wanted
  const name = wanted.name.replace(/:.*/, '')
  const add = `p${index}="$p${index} "${quote(specOf(wanted))}`
  if (state === 'latest') return add
  if (state === 'absent') return `case $rows in *[!nc]?${quote(`|${name}|`)}*) ${add} ;; esac`
  if (version !== undefined) return `case $rows in *${quote(`i |${name}|${version}|`)}*) ;; *) ${add} ;; esac`
  return `case $rows in *${quote(`i |${name}|`)}*) ;; *${quote(`|${name}|`)}[0-9]*) ${add} ;; *) provided ${name} || ${add} ;; esac`
}

function removals(text: string): Removal[] {
  return [...text.matchAll(/^(?:Remv|Purg) (\S+) \[([^\]]*)\]/gm)].map(([, name = '', version = '']) => ({
    name,
    version,
  }))
}
