/** The resource `symlink`: a symbolic link with its target, or its absence. */

import { posix } from 'node:path'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { absolutePath } from './file-attributes.ts'
import { type FileStatus, fileStatus, type PresentFile } from './file-status.query.ts'
import { missing, nounOf } from './place.ts'
import { stagedPath } from './write-file.ts'

const schema = z
  .strictObject({
    path: absolutePath,
    /** Where the link points, as it is written into the link: absolute, or relative to the link's folder. */
    target: z
      .string()
      .regex(/^[^\0]+$/)
      .optional(),
    state: z.enum(['present', 'absent']).default('present'),
    /** Whether a file at the path is replaced by the link, or removed. Folders never are. */
    replace: z.boolean().default(false),
  })
  .superRefine(({ state, target }, context) => {
    if (state === 'present' && target === undefined) {
      context.addIssue({ code: 'custom', path: ['target'], message: 'is missing: where is the link to point?' })
    }
  })

interface SymlinkState {
  /** The link, or the file that is in its place. */
  readonly current?: PresentFile
}

/**
 * A symbolic link, switched to another target in one instant. Its target need not exist. With `state: 'absent'` a link is
 * removed, and what is no link is left alone.
 *
 * @example
 * ```ts
 * import { symlink } from 'foobar-deploy'
 *
 * symlink({ path: '/srv/app/current', target: 'releases/42' })
 * symlink({ path: '/etc/nginx/sites-enabled/default', state: 'absent' })
 * ```
 */
export const symlink = defineResource({
  type: 'symlink',
  schema,
  id: ({ path }) => path,
  read: ({ path }) => ({ status: fileStatus({ path }) }),
  parse: ({ status }, desired): SymlinkState | Unavailable => {
    const { path, state, replace } = desired
    if (status.kind === 'absent' && state === 'absent') return {}
    if (status.kind === 'absent' || status.kind === 'hidden') return missing(path, status) ?? {}
    return isReplaceable(status, replace) ? { current: status } : inTheWay(path, status)
  },
  writes: ({ path }) => [{ path, isRemoved: true }],
  provides: ({ path }) => [`tree ${path}`],
  diff: ({ current }, { state, target = '' }): Change[] => {
    const from = current ? (current.target ?? nounOf(current)) : null
    if (state === 'absent') return current ? [{ key: 'state', from: `${nounOf(current)}`, to: 'absent' }] : []
    return current?.kind === 'symlink' && from === target ? [] : [{ key: 'target', from, to: target }]
  },
  *apply(_changes, { path, state, target = '' }): Iterable<Action> {
    if (state === 'absent') {
      yield sh`rm -f -- ${path}`
      return
    }
    const staged = stagedPath(path)
    yield sh`ln -sfT -- ${target} ${staged} && mv -fT -- ${staged} ${path} || { s=$?; rm -f -- ${staged}; exit $s; }
sync -- ${posix.dirname(path)}`
  },
  independent: true,
})

function isReplaceable(status: PresentFile, force: boolean): boolean {
  return status.kind === 'symlink' || (force && status.kind !== 'directory')
}

function inTheWay(path: string, status: FileStatus & PresentFile): Unavailable {
  const hint = status.kind === 'directory' ? undefined : 'replace: true removes it, or puts the link in its place'
  return new Unavailable(`${path} is a ${nounOf(status)}, not a symbolic link`, hint, [`path ${path}`])
}
