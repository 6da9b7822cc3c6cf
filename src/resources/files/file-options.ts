/** What a user may say of how a file is written: judged first, kept as a backup, through a link or in its place. */

import { posix } from 'node:path'
import { z } from 'zod'
import { validate } from './validation.ts'

/** The part of a schema that says how a file is written. */
export const fileOptions = {
  /**
   * A command on the host that must accept the new content before it takes effect: `visudo -cf %s`. `%s` is the new file.
   * Without `%s` the command sees the host as it will be: for this command alone, the new file is at its path (root only).
   */
  validate,
  /** Whether the old file is kept next to the new one, as `<path>.<UTC time>.bak`; default false. */
  backup: z.boolean().default(false),
  /**
   * Whether a file that is there is overwritten, for one that cannot be replaced because it is a mount point. Others can see it half
   * written, and a full disk leaves it so; default false.
   */
  inPlace: z.boolean().default(false),
  /** Whether a symbolic link is followed, or replaced by the file; default true. */
  follow: z.boolean().default(true),
}

/** Refuses a command that would have to see a copy of the root folder. */
export function checkValidate(
  { path, validate }: { readonly path: string; readonly validate?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (validate === undefined || validate.includes('%s') || posix.dirname(path) !== '/') return
  context.addIssue({ code: 'custom', path: ['validate'], message: 'needs %s for a file that lies in /' })
}
