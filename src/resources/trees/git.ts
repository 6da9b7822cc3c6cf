/** The resource `git`: a repository checked out at a branch, a tag or a commit. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Change } from '../../plan/change.ts'
import { pathAndAbove } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { checkOut } from './git-checkout.ts'
import { type GitFolder, gitFolder } from './git-folder.query.ts'

const schema = z
  .strictObject({
    /** What git fetches from: an address, `git@host:path`, or a folder of the host. */
    repository: z.string().regex(/^[^-\s][^\s\0]*$/, 'must be an address without spaces'),
    /** The folder of the files; the folder above must be there. */
    path: absolutePath.refine((path) => path !== '/', 'must be a folder below /'),
    /** A branch, a tag, or a whole commit (40 hexadecimal digits). A tag goes before a branch of the same name. */
    version: z
      .string()
      .regex(/^(?!-)(?!.*(\.\.|@\{|\/\/|\.lock$|[/.]$))[^\s~^:?*[\\\0]+$/, 'must be a branch, a tag or a commit'),
    /** How many commits of the history are fetched; by default all. */
    depth: z.int().positive().optional(),
    /** Whether each run asks the repository, over the network, where the branch or tag is now; default false. */
    update: z.boolean().default(false),
    /** Whether commits that were made on the host, and changes to tracked files, are discarded; otherwise they are an error; default false. */
    discardChanges: z.boolean().default(false),
  })
  .superRefine(({ repository }, context) => {
    if (/^https?:\/\/[^/]*:[^/]*@/.test(repository)) {
      const message = 'must not hold a password, which everyone on the host could see: use a credential helper or ssh'
      context.addIssue({ code: 'custom', path: ['repository'], message })
    }
  })

type Desired = z.output<typeof schema>
type State = Exclude<GitFolder, { kind: 'refused' }>

const isCommit = (version: string) => /^[0-9a-f]{40}$/.test(version)

/**
 * A repository checked out at a version. Without `update` it is compared with what was last fetched, without network: a
 * branch stays where it is until the version is another one. With `update: true` the repository is asked in each run (and in
 * each plan) where the branch or tag is, by `git ls-remote`.
 *
 * A branch is checked out as such, a tag or commit detached. Files that git does not know are left alone; changes in files
 * that it knows, and commits that are in no repository, are an error unless `discardChanges` throws them away. A move that was cut off
 * is done again, and what it left is kept as `refs/foobar-deploy/kept-<UTC time>`. For git to trust the folder and to find its keys, let the
 * task become the user who owns it: `become: 'deploy'`. Submodules are not fetched.
 *
 * @example
 * ```ts
 * import { git } from 'foobar-deploy'
 *
 * git({ repository: 'https://git.example.org/app.git', path: '/srv/app/source', version: 'v1.4.2', become: 'deploy' })
 * git({ repository: 'git@git.example.org:site.git', path: '/srv/site', version: 'main', update: true, depth: 1 })
 * ```
 */
export const git = defineResource({
  type: 'git',
  schema,
  id: ({ path }) => path,
  read: ({ path, version, update, repository }) => ({
    folder: gitFolder({ path, version, remote: update && !isCommit(version) ? repository : undefined }),
  }),
  parse: ({ folder }, { path, version, discardChanges }): State | Unavailable => {
    if (folder.kind === 'refused') {
      const needs = ['program git', ...pathAndAbove(path)] as const
      return new Unavailable(`${path}: ${folder.reason}`, hintFor(folder.reason, path), needs)
    }
    if (folder.kind !== 'checkout' || folder.isCutOff || discardChanges) return folder
    const { branch, ahead = 0 } = folder
    if (branch === version && ahead > 0) {
      return new Unavailable(
        `${path} has ${ahead === 1 ? 'a commit' : `${ahead} commits`} of its own on ${branch}`,
        'push what was committed there, or write discardChanges: true to drop it',
        [`path ${path}`],
      )
    }
    if (folder.changed.length > 0) {
      const shown = folder.changed.slice(0, 5).map((row) => row.trim())
      const more = folder.changed.length - shown.length
      return new Unavailable(
        `${path} has changes that are not committed: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
        'commit or undo them, or write discardChanges: true to throw them away',
        [`path ${path}`],
      )
    }
    return folder
  },
  writes: ({ path }) => [{ path, isEntered: true }],
  provides: ({ path }) => [`tree ${path}`],
  diff: (current, desired): Change[] => {
    if (current.kind === 'absent') return [{ key: 'version', from: null, to: desired.version }]
    const { repository, changed, isCutOff } = current
    return [
      ...(isCutOff ? [{ key: 'unfinished move', from: 'left by a run that was cut off', to: null }] : []),
      ...(repository === desired.repository
        ? []
        : [{ key: 'repository', from: repository === '' ? null : repository, to: desired.repository }]),
      ...versionChange(current, desired),
      ...(changed.length > 0 ? [{ key: 'working tree', from: `${changed.length} changed`, to: 'as committed' }] : []),
    ]
  },
  *apply(_changes, desired, current) {
    yield checkOut({ ...desired, isCommit: isCommit(desired.version), isThere: current.kind === 'checkout' })
  },
})

function versionChange(current: Extract<State, { kind: 'checkout' }>, { version }: Desired): Change[] {
  const { head, branch, refs } = current
  const from = head === undefined ? null : `${branch ?? 'detached'} ${head.slice(0, 12)}`
  const tag = refs.get(`refs/tags/${version}`)
  const tip = refs.get(`refs/heads/${version}`)
  if (isCommit(version)) return head === version ? [] : [{ key: 'version', from, to: version.slice(0, 12) }]
  if (tag !== undefined) return head === tag ? [] : [{ key: 'version', from, to: `${version} ${tag.slice(0, 12)}` }]
  if (tip === undefined) return [{ key: 'version', from, to: version }]
  return head === tip && branch === version ? [] : [{ key: 'version', from, to: `${version} ${tip.slice(0, 12)}` }]
}

function hintFor(reason: string, path: string): string | undefined {
  if (reason.includes('no git')) return "add apt({ packages: ['git'] }) before it"
  if (reason.includes('dubious ownership')) return `let the task become the user who owns ${path}`
  if (reason.includes('other things')) return 'give the checkout a folder of its own'
  if (reason.includes('folder above it does not')) return `add directory({ path: '${path.replace(/\/[^/]+$/, '')}' })`
  return undefined
}
