/** The resource `download`: a file that the host downloads, verified by its checksum. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { absolutePath, attributes, compareAttributes, setAttributes } from '../files/file-attributes.ts'
import { type FileStatus, fileStatus } from '../files/file-status.query.ts'
import { type Place, placeOf, unreadable } from '../files/place.ts'
import { moveIntoPlace, stagedPath } from '../files/write-file.ts'
import { cannotFetch, fetchFile, fetchPrograms, remoteFile } from './fetch.ts'

const schema = z.strictObject({
  ...remoteFile,
  /** Where it is to lie: the file, not its folder. */
  path: absolutePath,
  ...attributes,
})

type Desired = z.output<typeof schema>

/**
 * A file from an address of http or https, fetched by the host with curl or wget. The checksum tells whether it is there:
 * while it agrees, the network is not used. What was fetched is compared with it before it takes its place, in one
 * instant; a link at `path` is followed. Secrets in `headers` stand on no argument list.
 *
 * @example
 * ```ts
 * import { download } from 'foobar-deploy'
 *
 * download({
 *   url: 'https://downloads.example.org/tool-1.4.2',
 *   sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
 *   path: '/usr/local/bin/tool',
 *   mode: '0755',
 * })
 * ```
 */
export const download = defineResource({
  type: 'download',
  schema,
  id: ({ path }) => path,
  read: ({ path }) => ({ status: fileStatus({ path, checksum: true, follow: true }), ...fetchPrograms() }),
  parse: ({ status, curl, wget }, { path, sha256, url }): Place | Unavailable => {
    const place = placeFor(path, status)
    if (place instanceof Unavailable || place.current?.sha256 === sha256) return place
    return cannotFetch({ curl, wget }, url) ?? place
  },
  writes: ({ path, owner }) => [{ path, follow: true, owner }],
  diff: ({ current }, desired): Change[] => [
    ...(current?.sha256 === desired.sha256
      ? []
      : [{ key: 'content', from: current?.sha256 ? shown(current.sha256) : null, to: shown(desired.sha256) }]),
    ...compareAttributes(current, desired),
  ],
  *apply(changes, desired: Desired, { path, current }): Iterable<Action> {
    if (!changes.some(({ key }) => key === 'content')) {
      yield* setAttributes(path, changes, desired)
      return
    }
    const { owner, group, mode } = desired
    yield fetchFile(desired, stagedPath(path))
    yield moveIntoPlace({ path, owner, group, mode, current })
  },
  independent: true,
})

function placeFor(path: string, status: FileStatus): Place | Unavailable {
  const place = placeOf(path, status, true)
  if (place instanceof Unavailable) return place
  return place.current && place.current.sha256 === undefined ? unreadable(path) : place
}

function shown(sum: string): string {
  return `sha256 ${sum.slice(0, 12)}`
}
