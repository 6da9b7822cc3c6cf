/** In what a tree on a host differs from the local one, entry by entry. */

import type { Change, Value } from '../../plan/change.ts'
import { compareAttributes } from '../files/file-attributes.ts'
import type { PresentFile } from '../files/file-status.query.ts'
import type { CopyTreeDesired } from './copy-tree-schema.ts'
import type { TreeFile } from './local-tree.ts'
import type { TreeEntry } from './tree-entries.query.ts'

/** What is there. */
export interface TreeState {
  /** The folder itself, with links followed; absent where there is none. */
  readonly root?: PresentFile
  /** A run that was cut off left its staging folder. */
  readonly isUnfinished: boolean
  /** What is there of the tree, by path. */
  readonly current: Readonly<Record<string, PresentFile>>
  /** What else is there and is to go. */
  readonly others: readonly TreeEntry[]
}

/** An entry that differs. */
export interface TreeDifference {
  readonly path: string
  /** What it is to be: `file`, `directory`, or where a link is to point. */
  readonly wanted: string
  /** Where it must be made anew. */
  readonly content?: { readonly from: Value; readonly to: Value }
  readonly attributes: readonly Change[]
}

/** The entries that differ: folders, files, links. */
export function differencesOf({ current }: Pick<TreeState, 'current'>, desired: CopyTreeDesired): TreeDifference[] {
  const { tree, owner, group, directoryMode } = desired
  const found: TreeDifference[] = []
  const add = (difference: TreeDifference) => {
    if (difference.content || difference.attributes.length > 0) found.push(difference)
  }
  for (const path of tree.folders) {
    const there = current[path]
    const attributes = there ? compareAttributes(there, { owner, group, mode: directoryMode }) : []
    add({ path, wanted: 'directory', attributes, ...(there ? {} : { content: { from: null, to: 'directory' } }) })
  }
  for (const file of tree.files) {
    const there = current[file.path]
    const isSame = there?.sha256 === file.sha256
    const attributes = isSame ? compareAttributes(there, { owner, group, mode: modeOf(file, desired) }) : []
    const content = isSame ? {} : { content: { from: there ? shown(there) : null, to: described(file) } }
    add({ path: file.path, wanted: 'file', attributes, ...content })
  }
  for (const { path, target } of tree.links) {
    const there = current[path]
    const isSame = there?.kind === 'symlink' && there.target === target
    const to = `symbolic link to ${target}`
    add({ path, wanted: to, attributes: [], ...(isSame ? {} : { content: { from: there ? shown(there) : null, to } }) })
  }
  return found
}

/** The mode of a file: who may read one that is executable may execute it. */
export function modeOf({ isExecutable }: TreeFile, { mode = '0644' }: CopyTreeDesired): string {
  if (!isExecutable) return mode
  const readers = Number.parseInt(mode, 8) & 0o444
  return (Number.parseInt(mode, 8) | (readers >> 2)).toString(8).padStart(4, '0')
}

function shown(there: PresentFile): string {
  return there.kind === 'symlink' ? `symbolic link to ${there.target}` : described(there)
}

function described({ size, sha256 }: Pick<PresentFile, 'size' | 'sha256'>): string {
  return `${size} bytes, sha256 ${sha256?.slice(0, 12)}`
}
