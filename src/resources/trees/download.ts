/** The resource `download`: a file that the host downloads, verified by its checksum. */

import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { compareAttributes, setAttributes } from '../files/file-attributes.ts'
import { removable } from '../files/file-state.ts'
import { type FileStatus, fileStatus } from '../files/file-status.query.ts'
import { nounOf, type Place, placeOf, unreadable } from '../files/place.ts'
import { moveIntoPlace, stagedPath } from '../files/write-file.ts'
import { type DownloadDesired, downloadSchema } from './download-schema.ts'
import { cannotFetch, fetchFile, fetchPrograms } from './fetch.ts'

/**
 * A file from an address of http or https, fetched by the host with curl or wget. The checksum tells whether it is there:
 * while it agrees, the network is not used. What was fetched is compared with it, and judged by `validate`, before it takes
 * its place, in one instant; a link at `path` is followed, unless `follow: false` puts the file in the link's place. Secrets
 * in `headers` stand on no argument list. With `state: 'absent'`, the file or the link itself is removed.
 *
 * @example
 * ```ts
 * import { download } from 'foobar-deploy'
 *
 * download({
 *   from: {
 *     url: 'https://downloads.example.org/tool-1.4.2',
 *     sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
 *   },
 *   path: '/usr/local/bin/tool',
 *   mode: '0755',
 * })
 * ```
 */
export const download = defineResource({
  type: 'download',
  schema: downloadSchema,
  id: ({ path }) => path,
  read: ({ path, state, follow }) => {
    const isPresent = state === 'present'
    return { status: fileStatus({ path, checksum: isPresent, follow: isPresent && follow }), ...fetchPrograms() }
  },
  parse: ({ status, curl, wget }, { path, from, follow }): Place | Unavailable => {
    if (!from) return removable(path, status)
    const place = placeFor(path, status, follow)
    if (place instanceof Unavailable || fileIn(place)?.sha256 === from.sha256) return place
    return cannotFetch({ curl, wget }, from.url) ?? place
  },
  writes: ({ path, state, follow, owner, group }) => [
    state === 'absent' ? { path, isRemoved: true } : { path, follow, owner, group },
  ],
  diff: (place, desired): Change[] => {
    const { current } = place
    const { from } = desired
    if (!from) return current ? [{ key: 'state', from: nounOf(current), to: 'absent' }] : []
    const file = fileIn(place)
    return [
      ...(file || !current ? [] : [{ key: 'state', from: `symbolic link to ${current.target}`, to: 'file' }]),
      ...(file?.sha256 === from.sha256
        ? []
        : [{ key: 'content', from: file?.sha256 ? shown(file.sha256) : null, to: shown(from.sha256) }]),
      ...compareAttributes(file, desired),
    ]
  },
  *apply(changes, desired: DownloadDesired, place): Iterable<Action> {
    const { path } = place
    const { from, owner, group, mode, validate, backup, inPlace } = desired
    if (!from) {
      yield sh`rm -f -- ${path}`
    } else if (changes.some(({ key }) => key === 'content')) {
      yield fetchFile(from, stagedPath(path))
      yield moveIntoPlace({ path, owner, group, mode, validate, backup, inPlace, current: fileIn(place) })
    } else {
      yield* setAttributes(path, changes, desired)
    }
  },
  independent: true,
})

function placeFor(path: string, status: FileStatus, follow: boolean): Place | Unavailable {
  const place = placeOf(path, status, follow)
  if (place instanceof Unavailable) return place
  return fileIn(place) && fileIn(place)?.sha256 === undefined ? unreadable(path) : place
}

/** The file that is there; undefined for a link that is to be replaced. */
function fileIn({ current }: Place) {
  return current?.kind === 'symlink' ? undefined : current
}

function shown(sum: string): string {
  return `sha256 ${sum.slice(0, 12)}`
}
