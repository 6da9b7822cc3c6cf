/** The resource `file`: a file with its content, owner and mode, or its absence. */

import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { absolutePath, attributes } from './file-attributes.ts'
import { checkValidate, fileOptions } from './file-options.ts'
import { type FileSource, fileContentSchema, localSource, sourceOf } from './file-source.ts'
import { applyFileState, diffFileState, parseFileState, readFileState, writesFileState } from './file-state.ts'

const schema = z
  .strictObject({
    path: absolutePath,
    /** Its content. A {@link Secret} is never shown. */
    content: fileContentSchema.optional(),
    /** In place of `content`: a file of this machine, relative to the file that contains the task. */
    from: z.string().min(1).optional(),
    state: z.enum(['present', 'absent']).default('present'),
    /** Whether other content is replaced; otherwise it is written only if there is no file; default true. */
    overwrite: z.boolean().default(true),
    ...attributes,
    ...fileOptions,
  })
  .superRefine((given, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (given.content !== undefined && given.from !== undefined) refuse('from', 'cannot stand beside content')
    if (given.validate !== undefined && given.content === undefined && given.from === undefined) {
      refuse('validate', 'needs content or from: nothing is written without them')
    }
    if (given.state === 'absent') {
      for (const key of ['content', 'from', 'owner', 'group', 'mode', 'validate'] as const) {
        if (given[key] !== undefined) refuse(key, "means nothing with state: 'absent'")
      }
    }
    checkValidate(given, context)
  })
  .transform((given) => ({ ...given, source: undefined as FileSource | undefined }))

/**
 * A file with its content, owner, group and mode; what is not said is left as it is. It is replaced in one instant, after
 * it was judged by `validate`, and is on the disk when the task is done. A symbolic link at `path` is followed: the file
 * it leads to is the one that is written, unless `follow: false` puts the file in the link's place. With
 * `state: 'absent'`, the file or the link itself is removed.
 *
 * @example
 * ```ts
 * import { file } from 'foobar-deploy'
 *
 * file({ path: '/etc/motd', content: 'Provisioned by foobar-deploy.\n', mode: '0644' })
 * file({ path: '/usr/local/bin/tool', from: './files/tool', owner: 'root', group: 'root', mode: '0755' })
 * file({ path: '/etc/sudoers.d/deploy', content: 'deploy ALL=(ALL) NOPASSWD: ALL\n', mode: '0440', validate: 'visudo -cf %s' })
 * ```
 */
export const file = defineResource({
  type: 'file',
  schema,
  prepare: (desired: z.output<typeof schema>, at) => {
    const { content, from } = desired
    if (content !== undefined) return { ...desired, source: sourceOf(content) }
    return from === undefined
      ? desired
      : { ...desired, source: localSource(resolve(at ? dirname(at.file) : '.', from), at) }
  },
  id: ({ path }) => path,
  read: readFileState,
  parse: parseFileState,
  writes: writesFileState,
  diff: diffFileState,
  apply: applyFileState,
  independent: true,
})
