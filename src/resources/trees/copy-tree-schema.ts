/** What a `copyTree` task may say. */

import { z } from 'zod'
import { absolutePath, attributes } from '../files/file-attributes.ts'
import type { LocalTree } from './local-tree.ts'

const mode = attributes.mode.refine((given) => given?.startsWith('0') ?? true, 'must not have special bits here')

/** See `copyTree`. */
export const copyTreeSchema = z
  .strictObject({
    /** The folder, relative to the file that contains the task. */
    from: z.string().min(1),
    /** The folder on the host that becomes like it; it is made, the folder above it must be there. */
    path: absolutePath.refine((path) => path !== '/', 'must be a folder below /'),
    /** The owner of everything in it. By default unchanged; for new files, the user of the task. */
    owner: attributes.owner,
    /** The group of everything in it. */
    group: attributes.group,
    /** The mode of files, by default `'0644'`. A file that is executable here is executable there, for everyone who may read it. */
    mode: mode.default('0644'),
    /** The mode of folders. By default unchanged, and `'0755'` for new ones. */
    directoryMode: mode,
    /** Whether everything is removed that is in the folder on the host and not in the folder here; default false. */
    exclusive: z.boolean().default(false),
    /**
     * What is neither copied nor removed: `*.map` is any name below, `cache/*.tmp` is a path; `*` stands for no slash, `**`
     * for any.
     */
    exclude: z.array(z.string().min(1)).default([]),
  })
  .transform((given) => ({ ...given, tree: { folders: [], files: [], links: [] } as LocalTree }))

/** What a `copyTree` task desires, with the local tree. */
export type CopyTreeDesired = z.output<typeof copyTreeSchema>
