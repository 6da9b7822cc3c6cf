/** The resource `archive`: an archive unpacked into a folder of its own, which replaces the old one as a whole. */

import { dirname, posix, resolve } from 'node:path'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { pathAndAbove } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { type FileContent, fileContent } from '../files/file-content.query.ts'
import { localSource } from '../files/file-source.ts'
import { type FileStatus, fileStatus } from '../files/file-status.query.ts'
import { type FolderEntries, folderEntries } from '../files/folder-entries.query.ts'
import { missing, nounOf } from '../files/place.ts'
import { stagedPath } from '../files/write-file.ts'
import { type ArchiveDesired, archiveForms, archiveSchema, checksumOf, stampName, stampText } from './archive-schema.ts'
import { cannotFetch, fetchFile, fetchPrograms } from './fetch.ts'
import { program } from './program.query.ts'
import { unpack } from './unpack.ts'

interface State {
  /** Whether there is a folder. */
  readonly isThere: boolean
  /** What its stamp says; absent where there is none. */
  readonly stamp?: string
  /** Whether there is what the archive must have brought. */
  readonly isWhole: boolean
}

/**
 * An archive (tar with gzip, xz, zstd or bzip2, or zip), unpacked into a folder that belongs to it alone. It is unpacked
 * beside and then switched in by renaming, so that nobody sees half of it; what was in the folder goes. The file
 * `.foobar-deploy-archive` in the folder holds the checksum of the archive and tells that it is there: what is changed in the
 * folder by hand is not noticed, but for `creates`. A folder without that file is not replaced unless `replace` says so.
 *
 * @example
 * ```ts
 * import { archive } from 'foobar-deploy'
 *
 * archive({
 *   from: {
 *     url: 'https://downloads.example.org/tool-1.4.2.tar.gz',
 *     sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
 *   },
 *   path: '/opt/tool',
 *   stripComponents: 1,
 *   creates: 'bin/tool',
 *   owner: 'root',
 *   group: 'root',
 * })
 * ```
 */
export const archive = defineResource({
  type: 'archive',
  schema: archiveSchema,
  prepare: (desired, at) => {
    if (typeof desired.from !== 'string') return desired
    return { ...desired, source: localSource(resolve(at ? dirname(at.file) : '.', desired.from), at) }
  },
  id: ({ path }) => path,
  read: ({ path, creates, form }) => ({
    folder: fileStatus({ path }),
    stamp: fileContent(`${path}/${stampName}`),
    entries: folderEntries(path),
    whole: fileStatus({ path: creates === undefined ? path : posix.join(path, creates) }),
    opener: program(archiveForms[form].program),
    ...fetchPrograms(),
  }),
  parse: ({ folder, stamp, entries, whole, opener, curl, wget }, desired): State | Unavailable => {
    const wrong = wrongFolder(folder, stamp, entries, desired)
    if (wrong) return wrong
    const state: State = {
      isThere: folder.kind === 'directory',
      ...(stamp.kind === 'file' ? { stamp: stamp.bytes.toString() } : {}),
      isWhole: whole.kind !== 'absent' && whole.kind !== 'hidden',
    }
    const { state: wanted, from, form } = desired
    if (wanted === 'absent' || (state.stamp === stampText(desired) && state.isWhole)) return state
    if (!opener) {
      return new Unavailable(
        `the host cannot unpack ${form}: it has no ${archiveForms[form].program}`,
        `add apt({ packages: ['${archiveForms[form].package}'] }) before it`,
        [`program ${archiveForms[form].program}`],
      )
    }
    return (typeof from === 'object' ? cannotFetch({ curl, wget }, from.url) : undefined) ?? state
  },
  writes: ({ path, state, owner, group }) => [{ path, owner, group, isRemoved: state === 'absent' }],
  provides: ({ path }) => [`tree ${path}`],
  diff: ({ isThere, stamp, isWhole }, desired): Change[] => {
    const { state, creates } = desired
    if (state === 'absent') return isThere ? [{ key: 'state', from: 'directory', to: 'absent' }] : []
    if (stamp === stampText(desired)) {
      return isWhole ? [] : [{ key: 'creates', from: null, to: creates ?? null }]
    }
    const from = stamp === undefined ? (isThere ? 'something else' : null) : shown(stamp)
    return [{ key: 'content', from, to: shown(stampText(desired)) }]
  },
  *apply(_changes, desired): Iterable<Action> {
    const { path, from, source } = desired
    const staged = `${stagedPath(path)}.archive`
    if (desired.state === 'absent') {
      yield sh`rm -rf --one-file-system -- ${path}`
      return
    }
    if (source) yield { kind: 'receive', path: staged, content: source.content }
    else if (typeof from === 'object') yield fetchFile(from, staged)
    yield unpack(desired, staged, checksumOf(desired))
  },
})

function wrongFolder(
  folder: FileStatus,
  stamp: FileContent,
  entries: FolderEntries,
  { path, replace, state }: ArchiveDesired,
): Unavailable | undefined {
  if (folder.kind === 'absent' && state === 'absent') return undefined
  if (folder.kind === 'hidden' || folder.kind === 'absent') return missing(path, folder)
  if (folder.kind !== 'directory') {
    return new Unavailable(`${path} is a ${nounOf(folder)}, not a directory`, undefined, [`path ${path}`])
  }
  if (stamp.kind === 'refused') {
    return new Unavailable(`${path}/${stampName} cannot be read: ${stamp.reason}`, undefined, pathAndAbove(path))
  }
  const isEmpty = entries.kind === 'folder' && entries.entries.length === 0
  if (stamp.kind === 'file' || isEmpty || replace) return undefined
  return new Unavailable(
    `${path} was not unpacked from an archive: it holds other things, and no ${stampName}`,
    'give the archive a folder of its own, or write replace: true to replace what is there',
    [`path ${path}`],
  )
}

/** A stamp in a few words; two that differ do so here. */
function shown(stamp: string): string {
  const [sum = '', strip = '', owner = ''] = stamp.trim().split('\n')
  return [sum.slice(0, 'sha256 '.length + 12), strip, owner]
    .filter((part) => !/^(stripComponents 0|owner -:-)$/.test(part))
    .join(', ')
}
