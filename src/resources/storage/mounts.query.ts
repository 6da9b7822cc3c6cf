/** Asks what is mounted: one look at the mount table of process 1, and one `stat` for the devices that matter. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'

/** A place, and the device that is to be mounted there, if it is one. */
export interface MountOperand {
  readonly path: string
  /** Absolute path of a device or of a link to one. */
  readonly device?: string | undefined
}

/** Something that is mounted. */
export interface Mounted {
  readonly source: string
  readonly type: string
  /** `major:minor` in decimal; major 0 for what lies on no device. */
  readonly device: string
  /** Of this mount: `rw`, `noexec`, `relatime`. */
  readonly flags: readonly string[]
  /** Of the file system: `rw`, `size=1024k`. */
  readonly options: readonly string[]
}

/** What is mounted at a path, the last of which hides the others; and the number of the device that was asked for. */
export interface MountAnswer {
  readonly mounted: readonly Mounted[]
  readonly device?: string
}

// The table of process 1, because a plan reads in a mount namespace of its own in which everything is read-only.
export const mountsQuery: QueryKind<MountOperand, MountAnswer> = {
  name: 'mounts',
  key: ({ path, device }) => `${path} ${device ?? ''}`,
  script: (operands) => {
    const devices = [...new Set(operands.flatMap(({ device }) => device ?? []))]
    const stat = `LC_ALL=C stat -L --printf='%t:%T %n\\0' -- ${devices.map(quote).join(' ')} 2>/dev/null`
    return `cat /proc/1/mountinfo 2>/dev/null || cat /proc/self/mountinfo
printf '\\0'
${devices.length > 0 ? stat : ''}
:`
  },
  parse: (output, operands) => {
    const text = output.stdout.toString()
    const end = text.indexOf('\0')
    if (end <= 0) throw unexpectedAnswer('what is mounted', output)
    const rows = text.slice(0, end).split('\n').filter(Boolean).map(parseRow)
    const devices = new Map(
      text
        .slice(end + 1)
        .split('\0')
        .map(parseDevice),
    )
    return operands.map(({ path, device }) => {
      const number = device === undefined ? undefined : devices.get(device)
      const mounted = rows.filter((row) => row.path === path).map(({ mounted }) => mounted)
      return { mounted, ...(number === undefined ? {} : { device: number }) }
    })
  },
}

/** What is mounted at a path. */
export const mounts = defineQuery(mountsQuery)

/** A field of /proc/mounts or fstab, in which blanks and backslashes stand as octal numbers. */
export function unescapeField(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

function parseRow(row: string): { readonly path: string; readonly mounted: Mounted } {
  const [left = '', right = ''] = row.split(' - ')
  const [, , device = '', , path = '', flags = ''] = left.split(' ')
  const [type = '', source = '', options = ''] = right.split(' ')
  return {
    path: unescapeField(path),
    mounted: { source: unescapeField(source), type, device, flags: flags.split(','), options: options.split(',') },
  }
}

function parseDevice(record: string): [string, string] {
  const at = record.indexOf(' ')
  const number = record
    .slice(0, at)
    .split(':')
    .map((part) => Number.parseInt(part, 16))
  return [record.slice(at + 1), number.join(':')]
}
