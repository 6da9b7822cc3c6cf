/** What a `copyTree` task may say. */

import { z } from 'zod'
import { absolutePath, attributes } from '../files/file-attributes.ts'
import type { LocalTree } from './local-tree.ts'

const mode = attributes.mode.refine((given) => given?.startsWith('0') ?? true, 'must not have special bits here')

/** See `copyTree`. */
export const copyTreeSchema = z
  .strictObject({
    /** The folder, relative to the file in which the task is written. */
    from: z.string().min(1),
    /** The folder on the host that becomes like it; it is made, the folder above it must be there. */
    path: absolutePath.refine((path) => path !== '/', 'must be a folder below /'),
    /** Whose everything in it is; by default whose it is, and of what is new the user's of the task. */
    owner: attributes.owner,
    group: attributes.group,
    /** Of files; default `'0644'`. One that is executable here is so there, for everybody who may read it. */
    mode: mode.default('0644'),
    /** Of folders; by default what it is, and of new ones `'0755'`. */
    directoryMode: mode,
    /** Whether what lies in the folder on the host and is not in the folder here is removed; default false. */
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
