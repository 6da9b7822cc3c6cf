/** The resource `directory`: a directory with its owner and mode, or its absence. */

import { posix } from 'node:path'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { pathAndAbove } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh } from '../../shell/command.ts'
import {
  type Attributes,
  absolutePath,
  attributes,
  compareAttributes,
  exactMode,
  setAttributes,
} from './file-attributes.ts'
import { type FileStatus, fileStatus, type PresentFile } from './file-status.query.ts'
import { missing, nounOf } from './place.ts'

const schema = z
  .strictObject({
    path: absolutePath,
    state: z.enum(['present', 'absent']).default('present'),
    /** Whether missing folders above it are created too, with mode 0755; default false. */
    parents: z.boolean().default(false),
    /** With `state: 'absent'`: whether the folder is removed with everything in it, or only if it is empty; default false. */
    recursive: z.boolean().default(false),
    ...attributes,
  })
  .superRefine((given, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (given.state === 'present' && given.recursive) refuse('recursive', "means something with state: 'absent' alone")
    if (given.state === 'absent' && given.recursive && given.path.split('/').length <= 2) {
      refuse('path', `${given.path} is never removed with all that is in it`)
    }
    for (const key of ['owner', 'group', 'mode'] as const) {
      if (given.state === 'absent' && given[key] !== undefined) refuse(key, "means nothing with state: 'absent'")
    }
  })

interface DirectoryState {
  /** The folder, or the one a link leads to; absent where there is none. */
  readonly current?: PresentFile
}

const usualMode = '0755'

/**
 * A folder with its owner, group and mode; a new one is 0755 of the user who makes it unless something else is said. What
 * is in it is not looked at. A symbolic link to a folder is a folder. With `state: 'absent'` an empty folder is removed,
 * and with `recursive` one with all that is in it.
 *
 * @example
 * ```ts
 * import { directory } from 'foobar-deploy'
 *
 * directory({ path: '/srv/app/releases', parents: true, owner: 'deploy', group: 'deploy', mode: '2775' })
 * directory({ path: '/srv/old', state: 'absent', recursive: true })
 * ```
 */
export const directory = defineResource({
  type: 'directory',
  schema,
  id: ({ path }) => path,
  read: ({ path, state }) => ({ status: fileStatus({ path, follow: state === 'present' }) }),
  parse: ({ status }, { path, state, parents }): DirectoryState | Unavailable =>
    state === 'absent' ? parseAbsent(path, status) : parsePresent(path, status, parents),
  writes: ({ path, state, owner, group }) => [
    state === 'absent' ? { path, isRemoved: true } : { path, follow: true, owner, group },
  ],
  provides: ({ path, parents }) => (parents ? pathAndAbove(path) : [`path ${path}`]),
  diff: ({ current }, desired): Change[] => {
    if (desired.state === 'absent') return current ? [{ key: 'state', from: 'directory', to: 'absent' }] : []
    const made: Change[] = current ? [] : [{ key: 'state', from: 'absent', to: 'directory' }]
    return [...made, ...compareAttributes(current, desired)]
  },
  *apply(changes, desired, { current }): Iterable<Action> {
    const { path, state, recursive } = desired
    if (state === 'absent') yield recursive ? sh`rm -rf --one-file-system -- ${path}` : sh`rmdir -- ${path}`
    else if (current) yield* setAttributes(path, changes, desired)
    else yield make(desired)
  },
  independent: true,
})

// mkdir fails where somebody else made it meanwhile; install alone would go on with theirs.
function make(desired: Attributes & { readonly path: string; readonly parents: boolean }): Command {
  const { path, parents } = desired
  const above = parents ? sh`mkdir -p -- ${posix.dirname(path)} && ` : sh``
  return sh`${above}mkdir -m 0700 -- ${path} && install -d ${installOptions(desired)} -- ${path}`
}

function installOptions({ owner, group, mode }: Attributes): string[] {
  const ownership = [...(owner === undefined ? [] : ['-o', owner]), ...(group === undefined ? [] : ['-g', group])]
  return ['-m', exactMode(mode ?? usualMode), ...ownership]
}

function parsePresent(path: string, status: FileStatus, parents: boolean): DirectoryState | Unavailable {
  if (status.kind === 'hidden' || status.kind === 'absent') {
    const canBeMade = parents && status.kind === 'absent' && !status.parentIsNoFolder
    return (canBeMade ? undefined : withParents(missing(path, status))) ?? {}
  }
  if (status.kind === 'directory') return { current: status }
  const end = status.destination?.status
  if (end?.kind === 'directory') return { current: end }
  const leads = status.target === undefined ? '' : ` to ${status.target}`
  return new Unavailable(`${path} is a ${nounOf(status)}${leads}, not a directory`, undefined, [`path ${path}`])
}

function withParents(reason: Unavailable | undefined): Unavailable | undefined {
  return reason?.hint?.startsWith('add directory')
    ? new Unavailable(reason.reason, 'write parents: true to make it too', reason.needs)
    : reason
}

function parseAbsent(path: string, status: FileStatus): DirectoryState | Unavailable {
  if (status.kind === 'hidden') return missing(path, status) ?? {}
  if (status.kind === 'absent') return {}
  if (status.kind === 'directory') return { current: status }
  const remedy = status.kind === 'symlink' ? 'symlink' : 'file'
  return new Unavailable(
    `${path} is a ${nounOf(status)}, not a directory`,
    `${remedy}({ ..., state: 'absent' }) removes it`,
    [`path ${path}`],
  )
}
