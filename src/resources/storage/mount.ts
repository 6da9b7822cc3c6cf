/** A mount point, now and after each boot. */

import { posix } from 'node:path'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh } from '../../shell/command.ts'
import { type EditState, parseEdit, readEdit, writeEdit, writesEdit } from '../edits/text-edit.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { editFstab, type FstabEntry, fstab, fstabEntries, renderFstabLine } from './fstab.ts'
import { isBind, lackingOptions, remountOptions } from './mount-options.ts'
import { type MountAnswer, type Mounted, mounts } from './mounts.query.ts'

const word = z.string().regex(/^[^\s\0][^\n\0]*$/, 'must be one line')
const option = z.string().regex(/^[^\s,\0]+$/, 'must be one option')

const schema = z
  .strictObject({
    /** Where; the folder is made if it is not there. */
    path: absolutePath.refine((path) => path !== '/', 'is the root, which the boot loader mounts'),
    /** What: `/dev/vdb1`, `UUID=...`, `tmpfs`, `nfs.example.com:/export`, or a folder with the option `bind`. */
    device: word.optional(),
    /** `ext4`, `tmpfs`, `nfs`; `none` with the option `bind`. */
    type: z
      .string()
      .regex(/^[A-Za-z0-9_.-]+$/, 'must be the name of a file system')
      .optional(),
    /** Mount options, as in `/etc/fstab`; default `['defaults']`. */
    options: z.array(option).min(1).default(['defaults']),
    /**
     * `mounted`: now and at boot. `present`: at boot, whatever is there now. `unmounted`: not now, whatever is at boot.
     * `absent`: neither.
     */
    state: z.enum(['mounted', 'present', 'unmounted', 'absent']).default('mounted'),
    /** Whether dump(8) saves it; default 0. */
    dump: z.int().min(0).max(1).default(0),
    /** When fsck checks it at boot: 2 for most that lie on devices; 0: never. */
    pass: z.int().min(0).max(2).default(0),
  })
  .superRefine(({ state, ...given }, context) => {
    const isWanted = state === 'mounted' || state === 'present'
    for (const key of ['device', 'type'] as const) {
      const message = isWanted ? 'is missing' : `means nothing with state: '${state}'`
      if (isWanted === (given[key] === undefined)) context.addIssue({ code: 'custom', path: [key], message })
    }
  })

type Desired = z.output<typeof schema>

interface State {
  readonly fstab: EditState
  readonly mounted: MountAnswer['mounted']
  /** Number of the device that is desired, where it is one and is there. */
  readonly number: string | undefined
}

/**
 * A mount and its line in `/etc/fstab`, whose other lines stay as they are. It is mounted before the line is written: what
 * cannot be mounted cannot hold up the next boot. Options that differ are set by a remount; something else that is mounted
 * there is unmounted first, which fails while it is in use.
 *
 * Of the options that belong to a type of file system (`size=64m`) those are compared that the kernel shows.
 *
 * @example
 * ```ts
 * import { mount } from 'foobar-deploy'
 *
 * mount({ path: '/srv/data', device: 'LABEL=data', type: 'ext4', options: ['defaults', 'noatime', 'nofail'], pass: 2 })
 * mount({ path: '/var/cache/app', device: 'tmpfs', type: 'tmpfs', options: ['size=64m', 'mode=0755', 'noexec'] })
 * mount({ path: '/mnt/old', state: 'absent' })
 * ```
 */
export const mount = defineResource({
  type: 'mount',
  schema,
  id: ({ path }: Desired) => path,
  read: ({ path, device }: Desired) => ({ ...readEdit(fstab), mounts: mounts({ path, device: deviceOf(device) }) }),
  parse: ({ status, content, mounts }, desired: Desired): State | Unavailable => {
    const text = parseEdit({ status, content }, fstab)
    if (text instanceof Unavailable) return text
    const { mounted, device: number } = mounts
    return { fstab: text, mounted: desired.state === 'present' ? [] : mounted, number }
  },
  writes: ({ path, state }: Desired) => [
    ...(state === 'mounted' ? [{ path, follow: true }] : []),
    ...writesEdit(fstab),
  ],
  provides: ({ path }) => [`tree ${path}`, 'path /etc/fstab'],
  diff,
  *apply(changes, desired: Desired, state): Iterable<Action> {
    const { path, device = '', type = '', options } = desired
    const has = (key: string) => changes.some((change) => change.key === key)
    const line = changes.find(({ key }) => key === 'fstab')
    if (has('mounted')) {
      for (const _ of state.mounted) yield sh`umount -- ${path}`
      if (desired.state === 'mounted') {
        yield first(type, options.join(','), device, path)
      }
    } else if (desired.state === 'mounted' && (has('options') || line)) {
      const how = isBind(options) ? [] : ['-t', type]
      yield sh`mount ${how} -o ${remountOptions(options)} -- ${device} ${path}`
    }
    if (line?.text) {
      yield* writeEdit(line.text.to, state.fstab, fstab)
      yield readBySystemd
    }
  },
})

/** Mounts in a folder that is made for it, and is gone again where that fails. */
function first(type: string, options: string, source: string, path: string): Command {
  return sh`( made=
if ! [ -e ${path} ]; then mkdir -p -- ${posix.dirname(path)} && mkdir -- ${path} && made=yes || exit; fi
mount -t ${type} -o ${options} -- ${source} ${path} || { s=$?; [ -z "$made" ] || rmdir -- ${path}; exit $s; }
)`
}

/** systemd makes units of the table, and would go on with the old ones. */
export const readBySystemd = sh`if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi`

function diff({ fstab: table, mounted, number }: State, desired: Desired): Change[] {
  const { path, state } = desired
  const isOwn = (entry: FstabEntry) => entry.path === path && entry.type !== 'swap'
  const changes: Change[] = []
  const there = mounted.at(-1)
  if (there && (state === 'absent' || state === 'unmounted'))
    changes.push({ key: 'mounted', from: describe(there), to: null })
  if (state === 'mounted') changes.push(...mountChanges(there, number, desired))
  if (state === 'unmounted') return changes
  const before = table.text ?? ''
  const entry = state === 'absent' ? undefined : entryOf(desired)
  const text = editFstab(before, isOwn, entry)
  if (text !== before) {
    const from = fstabEntries(before, isOwn).map(renderFstabLine)
    changes.push({
      key: 'fstab',
      from: from.length > 1 ? from : (from[0] ?? null),
      to: entry ? renderFstabLine(entry) : null,
      text: { path: table.path, to: text },
    })
  }
  return changes
}

function mountChanges(there: Mounted | undefined, number: string | undefined, desired: Desired): Change[] {
  const { device = '', type = '', options } = desired
  const to = `${type} ${device}`
  if (!there) return [{ key: 'mounted', from: null, to }]
  if (!isThat(there, number, desired)) return [{ key: 'mounted', from: describe(there), to }]
  const lacking = lackingOptions(options, there)
  if (lacking.length === 0) return []
  const keys = new Set(lacking.map(keyOf))
  const from = [...there.flags, ...there.options.filter((option) => !isBind(options) && keys.has(keyOf(option)))]
  return [{ key: 'options', from: [...new Set(from)].join(','), to: lacking.join(',') }]
}

/** Whether what is mounted is, as far as can be seen, what is desired. */
function isThat(there: Mounted, number: string | undefined, { device = '', type = '', options }: Desired): boolean {
  if (isBind(options)) return true
  if (
    type !== 'auto' &&
    type !== there.type &&
    !there.type.startsWith(`${type}4`) &&
    !there.type.startsWith(`${type}.`)
  ) {
    return false
  }
  const isRemote = /^[^/]*:\/|^\/\//.test(device)
  if (isRemote) return device.replace(/\/$/, '') === there.source.replace(/\/$/, '')
  // Some file systems span devices, and have no number of one.
  return number === undefined || there.device.startsWith('0:') || number === there.device
}

function keyOf(option: string): string {
  return option.replace(/=.*/, '')
}

function describe({ type, source }: Mounted): string {
  return `${type} ${source}`
}

function entryOf({ path, device = '', type = '', options, dump, pass }: Desired): FstabEntry {
  return { path, source: device, type, options: options.join(','), dump, pass }
}

const tags: Readonly<Record<string, string>> = {
  UUID: 'by-uuid',
  LABEL: 'by-label',
  PARTUUID: 'by-partuuid',
  PARTLABEL: 'by-partlabel',
}

/** The path of the device that a source names; undefined where it names none. */
function deviceOf(source = ''): string | undefined {
  if (source.startsWith('/dev/')) return source
  const [tag = '', value] = source.split('=', 2)
  return value !== undefined && tag in tags ? `/dev/disk/${tags[tag]}/${value.replaceAll('"', '')}` : undefined
}
