/** The resource `kernelSettings`: many settings of the running kernel, those left out that cannot be set where it runs. */

import { type Change, defineQuery, defineResource, sh, z } from 'foobar-deploy'

const root = '/proc/sys/'

interface Setting {
  readonly value: string
  /** Whether it may be set here, whatever a plan makes of the file system. */
  readonly isWritable: boolean
}

/** Names of settings to what is set; undefined where the kernel has none. */
const settings = defineQuery<string, Setting | undefined>({
  name: 'settable',
  key: (name) => name,
  // What process 1 sees mounted: a plan looks from where nothing can be written.
  script: (names) =>
    sh`LC_ALL=C; export LC_ALL
sed -n 's|^[^ ]* [^ ]* [^ ]* [^ ]* \\(/proc[^ ]*\\) \\([^ ]*\\) .*|mount \\1 \\2|p' /proc/1/mountinfo
grep -H '' -- ${names.map(pathOf)} 2>/dev/null
:`.script,
  parse: ({ stdout }, names) => {
    const lines = stdout.toString().split('\n')
    const mounts = lines.flatMap((line) => {
      const [word, place = '', options = ''] = line.split(' ')
      return word === 'mount' ? [{ place, isWritable: options.split(',').includes('rw') }] : []
    })
    return names.map((name) => {
      const path = pathOf(name)
      const line = lines.find((one) => one.startsWith(`${path}:`))
      if (line === undefined) return undefined
      // The longest is the nearest; of equal ones the last is on top.
      const around = mounts.filter(({ place }) => path === place || path.startsWith(`${place}/`))
      const nearest = around.reduce((best, one) => (one.place.length >= best.place.length ? one : best), whole)
      return { value: inOneLine(line.slice(path.length + 1)), isWritable: nearest.isWritable }
    })
  },
})

const whole = { place: '', isWritable: true }

const schema = z.strictObject({
  /** Values by name. */
  values: z.record(z.string(), z.string()),
})

type Desired = z.output<typeof schema>

/** For settings that are good to have; one that must be set is a `sysctl`, which fails where it cannot be. */
export const kernelSettings = defineResource({
  type: 'kernelSettings',
  schema,
  id: ({ values }: Desired) => `${Object.keys(values).length} values`,
  read: ({ values }: Desired) => Object.fromEntries(Object.keys(values).map((name) => [name, settings(name)])),
  parse: (answers) => answers as Readonly<Record<string, Setting | undefined>>,
  provides: () => [],
  diff: (current, { values }: Desired): Change[] =>
    Object.entries(values).flatMap(([name, to]) => {
      const now = current[name]
      return now?.isWritable && now.value !== inOneLine(to) ? [{ key: name, from: now.value, to }] : []
    }),
  *apply(changes) {
    for (const { key, to } of changes) yield sh`printf '%s\\n' ${String(to)} >${pathOf(key)}`
  },
})

function pathOf(name: string): string {
  return `${root}${name.replaceAll('.', '/')}`
}

function inOneLine(value: string): string {
  return value.trim().replaceAll(/[ \t]+/g, ' ')
}
