/** The resource `artifact`: a build from this machine, unpacked into a folder of its own on the host. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { pathAndAbove } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { absolutePath, accountOf, attributes } from '../files/file-attributes.ts'
import { fileContent } from '../files/file-content.query.ts'
import { fileStatus } from '../files/file-status.query.ts'
import { missing, nounOf } from '../files/place.ts'
import { stagedPath } from '../files/write-file.ts'
import { builtArtifact } from './build-artifact.ts'

const stampName = '.foobar-deploy-artifact'

const local = z.strictObject({
  /** Its name, made of the sources and of how they are built. */
  id: z.string().regex(/^[0-9a-f]{16}$/, 'must come from localArtifact'),
  /** The folder of the sources. */
  folder: absolutePath,
  /** The command that builds it. */
  build: z.string().min(1),
  /** The folder with the result, below the sources. */
  output: z.string().regex(/^[^/\0][^\0]*$/, 'must be a folder below the sources'),
  /** What in the folder is no source. */
  exclude: z.array(z.string()).readonly(),
})

const object = z
  .strictObject({
    from: local.optional(),
    path: absolutePath.refine((path) => path.split('/').length > 2, 'must not be / or a folder in it'),
    state: z.enum(['present', 'absent']).default('present'),
    owner: attributes.owner,
    group: attributes.group,
  })
  .superRefine((given, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (given.state === 'present' && given.from === undefined) refuse('from', 'is missing')
    if (given.state === 'absent') {
      for (const key of ['from', 'owner', 'group'] as const) {
        if (given[key] !== undefined) refuse(key, "means nothing with state: 'absent'")
      }
    }
  })

/** What an `artifact` task says. */
export type ArtifactInput =
  | {
      /** What is built, as `localArtifact` makes it. */
      readonly from: z.input<typeof local>
      /** The folder it is unpacked into, which belongs to it alone. The folder above must be there. */
      readonly path: string
      readonly state?: 'present'
      /** The owner of everything in it; by default the user of the task. */
      readonly owner?: string
      /** The group of everything in it. */
      readonly group?: string
    }
  | { readonly path: string; readonly state: 'absent' }

type Desired = z.output<typeof object>

interface State {
  readonly isThere: boolean
  /** The artifact that is there. */
  readonly stamp?: string
}

/**
 * An artifact that is built on this machine, unpacked on the host. It is known by the name that `localArtifact` gives it, and
 * built only when a host lacks it and no earlier build is kept, in `.foobar-deploy/artifacts` beside its sources. The folder
 * appears in one instant, whole. One that holds another artifact is replaced; one that holds other things is an error. With
 * `state: 'absent'` the folder is removed.
 *
 * @example
 * ```ts
 * import { artifact, localArtifact, symlink } from 'foobar-deploy'
 *
 * const shop = localArtifact({ folder: '../shop', build: 'npm ci && npm run build' })
 * const tasks = [
 *   artifact({ from: shop, path: `/srv/shop/releases/${shop.id}` }),
 *   symlink({ path: '/srv/shop/current', target: `releases/${shop.id}` }),
 * ]
 * ```
 */
export const artifact = defineResource({
  type: 'artifact',
  // What goes with which state is known to the type alone.
  schema: object as unknown as z.ZodType<Desired, ArtifactInput>,
  id: ({ path }) => path,
  read: ({ path }) => ({ folder: fileStatus({ path }), stamp: fileContent(`${path}/${stampName}`) }),
  parse: ({ folder, stamp }, { path, state }): State | Unavailable => {
    if (folder.kind === 'absent' && state === 'absent') return { isThere: false }
    if (folder.kind === 'absent' || folder.kind === 'hidden') return missing(path, folder) ?? { isThere: false }
    if (folder.kind !== 'directory') {
      return new Unavailable(`${path} is a ${nounOf(folder)}, not a directory`, undefined, [`path ${path}`])
    }
    if (stamp.kind === 'refused') {
      return new Unavailable(`${path}/${stampName} cannot be read: ${stamp.reason}`, undefined, pathAndAbove(path))
    }
    if (stamp.kind === 'file') return { isThere: true, stamp: stamp.bytes.toString().trim() }
    return new Unavailable(
      `${path} holds no artifact: there is no ${stampName} in it`,
      'give the artifact a folder of its own, or remove what is there',
      [`path ${path}`],
    )
  },
  writes: ({ path, state, owner, group }) => [{ path, owner, group, isRemoved: state === 'absent' }],
  provides: ({ path }) => [`tree ${path}`],
  diff: ({ isThere, stamp }, { from }): Change[] => {
    if (!from) return isThere ? [{ key: 'state', from: 'directory', to: 'absent' }] : []
    return stamp === from.id ? [] : [{ key: 'artifact', from: isThere ? (stamp ?? null) : null, to: from.id }]
  },
  *apply(_changes, { from, path, owner, group }): Iterable<Action> {
    if (!from) {
      yield sh`rm -rf --one-file-system -- ${path}`
      return
    }
    const staged = stagedPath(path)
    const account = accountOf(owner, group)
    yield { kind: 'receive', path: `${staged}.archive`, content: { make: () => builtArtifact(from) } }
    // Times are those of unpacking (-m): web servers tell versions of a file by its time and size.
    // What is not ready lies in a folder where nobody else may look, whatever modes the artifact has.
    yield sh`path=${path} stage=${staged} archive=${`${staged}.archive`}
new=$stage/new old=$stage/old
rm -rf --one-file-system -- "$stage" && mkdir -m 0700 -- "$stage" && mkdir -m 0755 -- "$new" &&
( umask 022; tar -x -z -m -p --no-same-owner -C "$new" -f "$archive" ) &&
printf '%s\n' ${from.id} >"$new"/${stampName} && chmod 0644 -- "$new"/${stampName} &&
${account === undefined ? sh`:` : sh`chown -R -h -- ${account} "$new"`} && sync -f -- "$new" && {
  if [ -e "$path" ]; then
    mv -T -- "$path" "$old" && { mv -T -- "$new" "$path" || { s=$?; mv -T -- "$old" "$path"; (exit $s); }; }
  else mv -T -- "$new" "$path"
  fi
}
s=$?
rm -rf --one-file-system -- "$stage" "$archive"
exit $s`
  },
})
