/** How packages are named in an `apt` task. */

import { z } from 'zod'

const wellFormed = /^[a-z0-9][a-z0-9+.-]*(:[a-z0-9-]+)?$/
const packageName = z.string().regex(wellFormed, 'must be the name of a package')
const states = z.enum(['present', 'absent', 'latest'])

/** A package as it is to be. */
export interface DesiredPackage {
  readonly name: string
  readonly version?: string
  readonly state: z.output<typeof states>
}

const item = z.union([
  z.string(),
  z.strictObject({
    /** Its name, with `:architecture` for another than the host's. */
    name: z.string(),
    /** Exactly this version. */
    version: z.string().min(1).optional(),
    state: states.optional(),
  }),
])

export const aptSchema = z
  .strictObject({
    /** Names, `name=version` for exactly that version, or objects if packages differ. */
    packages: z.array(item).min(1, 'Name at least one package'),
    /** For all packages without a state of their own. `latest`: the version that apt would install now. */
    state: states.default('present'),
    /** Whether the configuration files of absent packages are removed too; default false. */
    purge: z.boolean().default(false),
    /** How old the package lists may be. They are updated only to install something, or to find the latest version. */
    updateCache: z
      .strictObject({
        /** By default a day. */
        maxAgeMs: z.int().min(60_000, 'At least 60,000: they age while they are updated'),
      })
      .default({ maxAgeMs: 86_400_000 }),
    /** Whether recommended packages are installed too; default false. */
    installRecommends: z.boolean().default(false),
    /** Whether a version older than the installed one may be installed; default false. */
    allowDowngrade: z.boolean().default(false),
    /** Names of further packages that apt may remove because they conflict or depend; `true`: any. By default none. */
    allowRemovals: z
      .union([z.literal(true), packageName, z.array(packageName)])
      .default([])
      .transform((given) => (typeof given === 'string' ? [given] : given)),
  })
  .transform(({ packages, state, ...rest }, context) => {
    const desired = packages.map((given, index): DesiredPackage => {
      const { name, version, state: own } = typeof given === 'string' ? split(given) : given
      const wanted = { name, state: own ?? state, ...(version === undefined ? {} : { version }) }
      const message = complaintAbout(wanted)
      if (message) context.addIssue({ code: 'custom', message, path: ['packages', index], input: given })
      return wanted
    })
    const names = desired.map(({ name }) => name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) {
      context.addIssue({ code: 'custom', message: `${twice} is named twice`, path: ['packages'], input: packages })
    }
    return { packages: desired, ...rest }
  })

/** What an `apt` task desires, with defaults filled in. */
export type AptDesired = z.output<typeof aptSchema>

function split(text: string): { name: string; version?: string; state?: undefined } {
  const at = text.indexOf('=')
  return at < 0 ? { name: text } : { name: text.slice(0, at), version: text.slice(at + 1) }
}

function complaintAbout({ name, version, state }: DesiredPackage): string | undefined {
  if (!wellFormed.test(name)) {
    return `${JSON.stringify(name)} is no name of a package: lower case letters, digits and + . - (and :architecture)`
  }
  // apt reads `name-` as a removal.
  if (name.endsWith('-')) return `${JSON.stringify(name)} ends with "-"; to remove a package say state: 'absent'`
  if (version === undefined) return undefined
  if (state !== 'present') return `${name}: a version goes with state: 'present' alone`
  if (!/^(\d+:)?[A-Za-z0-9.+~:-]+$/.test(version)) {
    return `${name}: ${JSON.stringify(version)} is no version; it must be whole, as apt-cache policy shows it (no *)`
  }
  return undefined
}
