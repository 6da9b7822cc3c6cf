/** What an `aptRepository` task may say, and the file that comes of it. */

import { z } from 'zod'
import { absolutePath } from '../files/file-attributes.ts'
import { remoteFile } from '../trees/fetch.ts'

const word = z.string().regex(/^[^\s\0]+$/, 'must be one word')
const words = (what: string) => z.array(word).min(1, `Name at least one ${what}`)
const uri = word
  .regex(/^[a-z][a-z0-9+.-]*:\S+$/, 'must be an address such as https://packages.example.org/debian')
  .refine(
    (given) => !/^[^/]+:\/\/[^/]*@/.test(given),
    'must not hold a user or password, which everyone on the host could read: put them into /etc/apt/auth.conf.d/',
  )

const key = z.union(
  [
    z.string(),
    z.strictObject({
      /** A file of this machine, relative to the file that contains the task; or an address with its checksum. */
      from: z.string().min(1),
    }),
    z.strictObject({
      from: remoteFile,
      /** Whether the key at the address is not armored. */
      binary: z.boolean().default(false),
    }),
    z.strictObject({
      /** A keyring that the host has already. */
      path: absolutePath,
    }),
  ],
  {
    error:
      'must be an armored key, { from: a local file }, { from: { url, sha256 } }, or { path: a keyring of the host }',
  },
)

/** The key in which a repository is signed, as a user writes it. */
export type GivenKey = z.input<typeof key>

const ownFields = ['types', 'uris', 'suites', 'components', 'architectures', 'signed-by', 'enabled']

const object = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/, 'must be lower case letters, digits and _ . -'),
    state: z.enum(['present', 'absent']).default('present'),
    uris: z.array(uri).min(1, 'Name at least one address').optional(),
    suites: words('suite').optional(),
    components: z.array(word).default([]),
    types: z
      .array(z.enum(['deb', 'deb-src']))
      .min(1)
      .default(['deb']),
    architectures: z.array(word).default([]),
    key: key.optional(),
    options: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/), z.string().regex(/^[^\n\0]+$/, 'must be one line'), {
        error: ({ code }) => (code === 'invalid_key' ? 'is no name of a field' : undefined),
      })
      .default({}),
  })
  .superRefine(({ state, uris, suites, components, key: given, options }, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (state === 'absent') {
      for (const [name, value] of Object.entries({ uris, suites, key: given })) {
        if (value !== undefined) refuse(name, "means nothing with state: 'absent'")
      }
      return
    }
    for (const [name, value] of Object.entries({ uris, suites, key: given })) {
      if (value === undefined) refuse(name, 'is missing')
    }
    const exact = suites?.filter((suite) => suite.endsWith('/')).length ?? 0
    if (suites && exact === 0 && components.length === 0) {
      refuse('components', 'is missing: only suites that end with a slash have none')
    }
    if (exact > 0 && (components.length > 0 || exact < (suites?.length ?? 0))) {
      refuse('suites', 'that end with a slash have no components and stand alone')
    }
    for (const name of Object.keys(options)) {
      if (ownFields.includes(name.toLowerCase())) refuse('options', `${name} has a name of its own here`)
    }
  })
  .transform((given) => ({ ...given, armored: undefined as string | undefined }))

/** What an `aptRepository` task says. */
export type AptRepositoryInput =
  | {
      /** The name of its files: `/etc/apt/sources.list.d/NAME.sources`. */
      readonly name: string
      readonly state?: 'present'
      /** Addresses of the repository. */
      readonly uris: readonly string[]
      /** `bookworm`, or a path that ends with a slash for a repository without components. */
      readonly suites: readonly string[]
      /** `main`; none where the suite is a path. */
      readonly components?: readonly string[]
      /** Binary packages, sources, or both. */
      readonly types?: readonly ('deb' | 'deb-src')[]
      /** By default those of the host. */
      readonly architectures?: readonly string[]
      /**
       * The key that signs it: armored text; `from` a file of this machine (armored or not) or an address with its checksum
       * (`binary` where it is not armored); or the `path` of a keyring that the host has already.
       */
      readonly key: GivenKey
      /** Further fields of the file, such as `{ 'Check-Valid-Until': 'no' }`. */
      readonly options?: Readonly<Record<string, string>>
    }
  | { readonly name: string; readonly state: 'absent' }

/** What an `aptRepository` task desires; `armored` is the key, where it is at hand. */
export type AptRepositoryDesired = z.output<typeof object>

// What goes with which state is known to the type alone.
export const aptRepositorySchema = object as unknown as z.ZodType<AptRepositoryDesired, AptRepositoryInput>

/** Where the files of a repository lie. Without a key of its own, `key` is undefined. */
export function repositoryPaths({ name, key }: Pick<AptRepositoryDesired, 'name' | 'key'>) {
  const isBinary = typeof key === 'object' && 'binary' in key && key.binary
  const isThere = typeof key === 'object' && 'path' in key
  return {
    sources: `/etc/apt/sources.list.d/${name}.sources`,
    key: isThere ? undefined : `/etc/apt/keyrings/${name}.${isBinary ? 'gpg' : 'asc'}`,
    /** What the same repository may have left with a key of the other form. */
    otherKeys: ['asc', 'gpg']
      .filter((ending) => isThere || (ending === 'gpg') !== isBinary)
      .map((ending) => `/etc/apt/keyrings/${name}.${ending}`),
  }
}

/** The file of sources, in the form of deb822. */
export function sourcesText(desired: AptRepositoryDesired): string {
  const { types, uris = [], suites = [], components, architectures, key: given, options } = desired
  const keyring = typeof given === 'object' && 'path' in given ? given.path : repositoryPaths(desired).key
  const fields: (readonly [name: string, values: readonly string[]])[] = [
    ['Types', types],
    ['URIs', uris],
    ['Suites', suites],
    ['Components', components],
    ['Architectures', architectures],
    ['Signed-By', keyring === undefined ? [] : [keyring]],
    ...Object.entries(options).map(([name, value]) => [name, [value]] as const),
  ]
  const lines = fields
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${name}: ${values.join(' ')}\n`)
  return `# Written by foobar-deploy.\n${lines.join('')}`
}
