/** Where a file is to be written and what is there: links followed or not, and the reasons why it cannot be said. */

import { posix } from 'node:path'
import { pathAndAbove } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import type { FileStatus, PresentFile } from './file-status.query.ts'

/** A place for a file. */
export interface Place {
  /** The path with links followed, if they were to be. */
  readonly path: string
  /** The regular file that is there, or the link that is to be replaced. */
  readonly current?: PresentFile
}

const nouns = {
  file: 'file',
  directory: 'directory',
  symlink: 'symbolic link',
  other: 'device, socket or pipe',
} as const

/** What a thing at a path is called. */
export function nounOf({ kind }: Pick<PresentFile, 'kind'>): string {
  return nouns[kind]
}

/** The place for a file at `path`. With `follow`, a link stands for what it leads to; else it is in the file's place. */
export function placeOf(path: string, status: FileStatus, follow: boolean): Place | Unavailable {
  if (status.kind === 'absent' || status.kind === 'hidden') return missing(path, status) ?? { path }
  if (status.kind === 'symlink' && follow) {
    const { destination } = status
    if (destination?.status) return occupied(destination.path, destination.status, `${path} leads to`)
    return new Unavailable(
      `${path} is a symbolic link to ${status.target}, which does not exist`,
      'make what it leads to first, or write follow: false to put the file in the place of the link',
      [...pathAndAbove(posix.resolve(posix.dirname(path), status.target ?? '')), `path ${path}`],
    )
  }
  return status.kind === 'symlink' ? { path, current: status } : occupied(path, status, '')
}

/** Why nothing can be put at an absent path; undefined if it can. */
export function missing(path: string, status: FileStatus): Unavailable | undefined {
  const folder = posix.dirname(path)
  if (status.kind === 'hidden') {
    return new Unavailable(
      `${path} cannot be seen by the user of this task`,
      'let the task become another user',
      pathAndAbove(folder),
    )
  }
  if (status.kind !== 'absent' || status.parentExists) return undefined
  if (status.parentIsNoFolder) {
    return new Unavailable(`a part of ${folder} is no directory`, undefined, pathAndAbove(folder))
  }
  return new Unavailable(`the folder ${folder} does not exist`, `add directory({ path: '${folder}' }) before it`, [
    `path ${folder}`,
  ])
}

/** The reason why a file of which the user may not read the content cannot be compared. */
export function unreadable(path: string): Unavailable {
  return new Unavailable(
    `${path} cannot be read by the user of this task`,
    'let the task become another user',
    pathAndAbove(path),
  )
}

function occupied(path: string, status: PresentFile, through: string): Place | Unavailable {
  if (status.kind === 'file') return { path, current: status }
  const hint =
    status.kind === 'directory' ? `remove it first: directory({ path: '${path}', state: 'absent' })` : undefined
  return new Unavailable(
    `${through ? `${through} ` : ''}${path}${through ? ', which' : ''} is a ${nounOf(status)}, not a file`,
    hint,
    [`path ${path}`],
  )
}
