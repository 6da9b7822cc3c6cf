/** Unified diffs of text files, as `diff -u` writes them. */

import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff'

/** The unified diff that turns `from` into `to`; empty when they are the same. A file that is not there is null. */
export function unifiedDiff(path: string, from: string | null, to: string | null): string {
  if (from === to) return ''
  const before = from === null ? '/dev/null' : path
  const after = to === null ? '/dev/null' : path
  const patch = structuredPatch(before, after, from ?? '', to ?? '', undefined, undefined, { context: 3 })
  return formatPatch(patch, FILE_HEADERS_ONLY).replaceAll(/^(---|\+\+\+) (.*)\t?$/gm, '$1 $2')
}
