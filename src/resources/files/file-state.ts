/** What `file` and `template` share: the state of a file, how it differs from what is desired, how it is put right. */

import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import type { PathUse } from '../../plan/path-use.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { type Attributes, compareAttributes, setAttributes } from './file-attributes.ts'
import { contentChange, type FileSource } from './file-source.ts'
import { type FileStatus, fileStatus } from './file-status.query.ts'
import { nounOf, type Place, placeOf, unreadable } from './place.ts'
import { writeFile } from './write-file.ts'

/** What is desired of a file. */
export interface DesiredFile extends Attributes {
  readonly path: string
  readonly state: 'present' | 'absent'
  /** Undefined where the content does not matter. */
  readonly source?: FileSource | undefined
  readonly follow: boolean
  /** Whether content that is there is replaced. */
  readonly overwrite: boolean
  readonly backup: boolean
  readonly inPlace?: boolean | undefined
  readonly validate?: string | undefined
}

/** What to ask about a file. */
export function readFileState({ path, state, follow, source, overwrite }: DesiredFile) {
  const isPresent = state === 'present'
  return {
    status: fileStatus({ path, checksum: isPresent && source !== undefined && overwrite, follow: isPresent && follow }),
  }
}

/** The path as `apply` writes to it. */
export function writesFileState({ path, state, follow, owner, group }: DesiredFile): PathUse[] {
  return [state === 'absent' ? { path, isRemoved: true } : { path, follow, owner, group }]
}

/** The place of the file, or why it cannot be told. */
export function parseFileState({ status }: { status: FileStatus }, desired: DesiredFile): Place | Unavailable {
  const { path, state, source, follow, overwrite } = desired
  if (state === 'absent') return removable(path, status)
  const place = placeOf(path, status, follow)
  if (place instanceof Unavailable) return place
  const { current } = place
  if (!current && !source) {
    return new Unavailable(`${path} does not exist`, 'write content, or from, to say what it is to hold', [
      `path ${path}`,
    ])
  }
  const needsSum = source !== undefined && overwrite && current?.kind === 'file'
  return needsSum && current.sha256 === undefined ? unreadable(path) : place
}

/** In what the file differs. */
export function diffFileState({ path, current }: Place, desired: DesiredFile): Change[] {
  if (desired.state === 'absent') return current ? [{ key: 'state', from: nounOf(current), to: 'absent' }] : []
  const file = current?.kind === 'symlink' ? undefined : current
  const { source, overwrite } = desired
  const differs = source && (file === undefined || (overwrite && file.sha256 !== source.sha256))
  return [
    ...(file || !current ? [] : [{ key: 'state', from: `symbolic link to ${current.target}`, to: 'file' }]),
    ...(differs ? [contentChange(path, file, source)] : []),
    ...compareAttributes(file, desired),
  ]
}

/** Puts the file right: its content if that differs, else its attributes alone. */
export function* applyFileState(changes: readonly Change[], desired: DesiredFile, place: Place): Iterable<Action> {
  const { path, current } = place
  const { source } = desired
  if (desired.state === 'absent') {
    yield sh`rm -f -- ${path}`
  } else if (source && changes.some(({ key }) => key === 'content')) {
    const file = current?.kind === 'file' ? current : undefined
    const { owner, group, mode, validate, backup, inPlace } = desired
    yield* writeFile({ path, content: source.content, owner, group, mode, validate, backup, inPlace, current: file })
  } else {
    yield* setAttributes(path, changes, desired)
  }
}

/** The place of a file that is to go, or why it cannot be removed. */
export function removable(path: string, status: FileStatus): Place | Unavailable {
  if (status.kind === 'hidden') return unreadable(path)
  if (status.kind === 'absent') return { path }
  if (status.kind !== 'directory') return { path, current: status }
  return new Unavailable(
    `${path} is a directory, not a file`,
    `directory({ path: '${path}', state: 'absent' }) removes it`,
    [`path ${path}`],
  )
}
