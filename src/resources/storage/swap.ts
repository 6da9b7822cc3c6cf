/** A swap file, now and after each boot. */

import { posix } from 'node:path'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh } from '../../shell/command.ts'
import { type EditState, parseEdit, readEdit, writeEdit, writesEdit } from '../edits/text-edit.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { fileStatus, type PresentFile } from '../files/file-status.query.ts'
import { missing, nounOf } from '../files/place.ts'
import { makeStaged, stagedPath } from '../files/write-file.ts'
import { editFstab, type FstabEntry, fstab, fstabEntries, renderFstabLine } from './fstab.ts'
import { readBySystemd } from './mount.ts'
import { type SwapArea, swapArea } from './swap-area.query.ts'

const units: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }
const smallestBytes = 64 * 1024

const size = z
  .union([z.int(), z.string().regex(/^\d+[KMGT]$/, "must be a whole number of K, M, G or T (1024 each), such as '2G'")])
  .transform((given) =>
    typeof given === 'number' ? given : Number.parseInt(given, 10) * (units[given.slice(-1)] ?? 1),
  )
  .refine((bytes) => bytes >= smallestBytes && bytes % 4096 === 0, 'must be a multiple of 4096 bytes and at least 64K')

const schema = z
  .strictObject({
    path: absolutePath,
    /** `'2G'`, `'512M'`, or a number of bytes. */
    size: size.optional(),
    /** Areas of higher priority are used first; by default the kernel gives the last one the lowest. */
    priority: z.int().min(0).max(32_767).optional(),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .superRefine(({ state, ...given }, context) => {
    if (state === 'present' && given.size === undefined) {
      context.addIssue({ code: 'custom', path: ['size'], message: 'is missing' })
    }
    for (const key of ['size', 'priority'] as const) {
      if (state === 'present' || given[key] === undefined) continue
      context.addIssue({ code: 'custom', path: [key], message: "means nothing with state: 'absent'" })
    }
  })

type Desired = z.output<typeof schema>

interface State {
  readonly fstab: EditState
  readonly file: PresentFile | undefined
  readonly inUse: SwapArea['inUse']
}

/**
 * A swap file, readable by root alone from its first byte on, in use now and after each boot. One of another size is made
 * anew beside the old one, which is in use until then. A file that is there and is no swap file is left alone, and that is
 * an error. With `state: 'absent'` it is given up and removed.
 *
 * Containers may not swap; the kernel says so. On btrfs and zfs a file needs preparing first.
 *
 * @example
 * ```ts
 * import { swap } from 'foobar-deploy'
 *
 * swap({ path: '/swapfile', size: '2G' })
 * swap({ path: '/old.swap', state: 'absent' })
 * ```
 */
export const swap = defineResource({
  type: 'swap',
  schema,
  id: ({ path }: Desired) => path,
  read: ({ path }: Desired) => ({ ...readEdit(fstab), file: fileStatus({ path }), area: swapArea(path) }),
  parse: ({ status, content, file, area }, { path, state }: Desired): State | Unavailable => {
    const text = parseEdit({ status, content }, fstab)
    if (text instanceof Unavailable) return text
    const { inUse, isMade } = area
    if (file.kind === 'hidden' || (file.kind === 'absent' && state === 'present')) {
      return missing(path, file) ?? { fstab: text, file: undefined, inUse }
    }
    if (file.kind === 'absent') return { fstab: text, file: undefined, inUse }
    if (file.kind !== 'file') {
      return new Unavailable(`${path} is a ${nounOf(file)}, not a swap file`, undefined, [`path ${path}`])
    }
    if (isMade === false && !inUse) {
      return new Unavailable(
        `${path} is there and is no swap file`,
        'Nobody knows what it holds: remove it, or name another path.',
        [`path ${path}`],
      )
    }
    return { fstab: text, file, inUse }
  },
  writes: ({ path }: Desired) => [{ path }, ...writesEdit(fstab)],
  diff,
  *apply(changes, desired: Desired, { fstab: table, file, inUse }): Iterable<Action> {
    const { path, size = 0, state, priority } = desired
    const has = (key: string) => changes.some((change) => change.key === key)
    if (state === 'absent') {
      if (inUse) yield sh`swapoff -- ${path}`
      yield* writeTable(changes, table)
      if (file) yield sh`rm -f -- ${path}`
      return
    }
    if (has('size')) yield make(path, size, inUse !== undefined)
    else {
      if (has('owner') || has('mode')) yield sh`chown -- root:root ${path} && chmod -- 0600 ${path}`
      if (has('priority') && inUse) yield sh`swapoff -- ${path}`
    }
    if (has('size') || has('inUse') || has('priority')) {
      yield sh`swapon ${priority === undefined ? [] : ['-p', priority]} -- ${path}`
    }
    yield* writeTable(changes, table)
  },
})

function diff({ fstab: table, file, inUse }: State, desired: Desired): Change[] {
  const { path, size, state, priority } = desired
  const isOwn = (entry: FstabEntry) => entry.source === path && entry.type === 'swap'
  const entry = state === 'absent' ? undefined : entryOf(desired)
  const before = table.text ?? ''
  const text = editFstab(before, isOwn, entry)
  const from = fstabEntries(before, isOwn).map(renderFstabLine).join('\n')
  const to = entry ? renderFstabLine(entry) : null
  const line: Change[] =
    text === before ? [] : [{ key: 'fstab', from: from || null, to, text: { path: table.path, to: text } }]
  if (state === 'absent') {
    return [
      ...(inUse ? [{ key: 'inUse', from: true, to: false }] : []),
      ...(file ? [{ key: 'state', from: 'swap file', to: 'absent' }] : []),
      ...line,
    ]
  }
  const wanted = size ?? 0
  return [
    ...(file?.size === wanted ? [] : [{ key: 'size', from: file?.size ?? null, to: wanted }]),
    ...(file && file.uid !== 0 ? [{ key: 'owner', from: file.owner, to: 'root' }] : []),
    ...(file && file.mode !== '0600' ? [{ key: 'mode', from: file.mode, to: '0600' }] : []),
    ...(inUse ? [] : [{ key: 'inUse', from: false, to: true }]),
    ...(inUse && priority !== undefined && inUse.priority !== priority
      ? [{ key: 'priority', from: inUse.priority, to: priority }]
      : []),
    ...line,
  ]
}

// fallocate is at once; where the file system cannot, zeros are written. What the kernel will not swap to replaces nothing.
function make(path: string, bytes: number, isInUse: boolean): Command {
  const staged = stagedPath(path)
  const switched = isInUse ? sh`swapoff -- ${path} && ` : sh``
  return sh`( umask 077
${makeStaged(path)} &&
{ fallocate -l ${bytes} -- ${staged} 2>/dev/null || head -c ${bytes} /dev/zero >${staged}; } &&
mkswap -- ${staged} >/dev/null && sync -- ${staged} && swapon -- ${staged} && swapoff -- ${staged} && ${switched}mv -fT -- ${staged} ${path} && sync -- ${posix.dirname(path)} ||
{ s=$?; rm -f -- ${staged}; exit $s; }
)`
}

function* writeTable(changes: readonly Change[], table: EditState): Iterable<Action> {
  const text = changes.find(({ key }) => key === 'fstab')?.text
  if (!text) return
  yield* writeEdit(text.to, table, fstab)
  yield readBySystemd
}

function entryOf({ path, priority }: Desired): FstabEntry {
  const options = priority === undefined ? 'sw' : `sw,pri=${priority}`
  return { source: path, path: 'none', type: 'swap', options, dump: 0, pass: 0 }
}
