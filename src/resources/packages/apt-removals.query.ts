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
  script: (operands) => {
    const names = [...new Set(operands.flatMap(({ packages }) => packages.map(({ name }) => name)))]
    return `export LC_ALL=C
rows=$(dpkg-query -W -f '\${db:Status-Abbrev}|\${Package}|\${Version}|\\n' -- ${names.map(quote).join(' ')} 2>/dev/null)
provided() { dpkg-query -W -f '\${db:Status-Abbrev}|, \${Provides},\\n' | grep '^.i' | grep -qF -e ", $1," -e ", $1 "; }
simulate() {
  for word; do case $word in -*) ;; *) apt-get -s -q install "$@" 2>/dev/null | grep -E '^(Remv|Purg) '; return ;; esac; done
}
${operands.map(simulation).join('\n')}
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

function simulation({ packages, options }: AptSimulation): string {
  return ["echo '--'", `set -- ${options.map(quote).join(' ')}`, ...packages.map(addIfLacking), 'simulate "$@"'].join(
    '\n',
  )
}

function addIfLacking(wanted: DesiredPackage): string {
  const { version, state } = wanted
  const name = wanted.name.replace(/:.*/, '')
  const add = `set -- "$@" ${quote(specOf(wanted))}`
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
