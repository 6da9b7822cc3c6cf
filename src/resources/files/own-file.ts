/** A file that a resource has for itself alone: what is desired of it, in the terms of `file`. */

import { Secret } from '../../shell/secret.ts'
import { sourceOf } from './file-source.ts'
import type { DesiredFile } from './file-state.ts'

/** What may be said of such a file; it is root's, and readable by all unless it holds a secret. */
export interface OwnFile {
  readonly path: string
  /** Undefined where the file is not to be. */
  readonly content: string | Secret<string> | undefined
  readonly mode?: string
  readonly validate?: string
}

/** The file as `file` desires it. A link in its place is replaced. */
export function ownFile({ path, content, mode, validate }: OwnFile): DesiredFile {
  return {
    path,
    state: content === undefined ? 'absent' : 'present',
    source: content === undefined ? undefined : sourceOf(content),
    owner: 'root',
    group: 'root',
    mode: mode ?? (content instanceof Secret ? '0600' : '0644'),
    follow: false,
    overwrite: true,
    backup: false,
    validate,
  }
}
