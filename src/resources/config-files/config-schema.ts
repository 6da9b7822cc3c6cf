/** What a user may write for `configFiles`, and what becomes of it. */

import { z } from 'zod'
import { absolutePath, attributes } from '../files/file-attributes.ts'
import { fileContentSchema, sourceOf } from '../files/file-source.ts'
import { validate } from '../files/validation.ts'

/** Where what is to come and what was there are kept while a change is made, below the root. */
export const stagingFolder = '.foobar-deploy'

/** What is wrong with a path that must lie below the root. */
function wrongPath(path: string): string | undefined {
  const parts = path.split('/')
  if (path.includes('\0')) return 'holds a NUL character'
  if (path.startsWith('/')) return 'must be relative to path'
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'must be a plain path below path'
  return parts[0] === stagingFolder ? `lies in ${stagingFolder}, where the change itself is prepared` : undefined
}

const content = z.union([fileContentSchema, z.strictObject({ content: fileContentSchema, ...attributes })], {
  error: 'must be text, bytes, a secret, or an object with content',
})

/** See `configFiles`. */
export const configSchema = z
  .strictObject({
    /** The folder that is validated and changed as a whole. */
    path: absolutePath.refine((path) => path !== '/', 'must be a folder below /'),
    /** Files by their path below `path`: their content, or an object with content, owner, group and mode. */
    files: z.record(z.string(), content).default({}),
    /** Files and links that must not exist, by their path below `path`. */
    absent: z.array(z.string()).default([]),
    /** Folders below `path` that must contain only what is named here; everything else in them is removed. */
    exclusiveIn: z.array(z.string()).default([]),
    /** Symbolic links by their path below `path`, with their targets. */
    links: z.record(z.string(), z.string().regex(/^[^\0]+$/)).default({}),
    /** A command that must accept the whole. It alone sees the folder as it will be (root only). */
    validate: validate.refine((command) => !command?.includes('%s'), 'takes no %s: it judges the folder as a whole'),
    /** A command that makes the whole take effect. If it fails, everything is restored, and it runs again. */
    activate: z.string().trim().min(1).optional(),
    ...attributes,
  })
  .superRefine(({ files, absent, links, exclusiveIn }, context) => {
    const all = [...Object.keys(files), ...absent, ...Object.keys(links), ...exclusiveIn]
    if (all.length === 0)
      context.addIssue({ code: 'custom', path: ['files'], message: 'is empty, and absent, links and exclusiveIn too' })
    for (const path of new Set(all)) {
      const wrong = wrongPath(path)
      if (wrong) context.addIssue({ code: 'custom', path: [], message: `${JSON.stringify(path)} ${wrong}` })
      if (all.filter((other) => other === path).length > 1) {
        context.addIssue({ code: 'custom', path: [], message: `${path} is named twice` })
      }
      const inside = all.find((other) => other.startsWith(`${path}/`) && path in files)
      if (inside)
        context.addIssue({ code: 'custom', path: [], message: `${inside} lies below ${path}, which is a file` })
    }
  })
  .transform(({ files, owner, group, mode, ...rest }) => ({
    ...rest,
    files: Object.entries(files).map(([path, given]) => {
      const own = typeof given === 'object' && 'content' in given ? given : { content: given }
      return { path, source: sourceOf(own.content), ...defaults({ owner, group, mode }, own) }
    }),
  }))

/** What is desired of the files below a root. */
export type DesiredConfig = z.output<typeof configSchema>

interface Given {
  readonly owner?: string | undefined
  readonly group?: string | undefined
  readonly mode?: string | undefined
}

function defaults(shared: Given, own: Given): Given {
  return { owner: own.owner ?? shared.owner, group: own.group ?? shared.group, mode: own.mode ?? shared.mode }
}
