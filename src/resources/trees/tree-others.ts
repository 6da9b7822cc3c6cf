/** What lies in a tree on a host and is not in the local one. */

import { pathAndAbove } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import { stagingFolder } from '../config-files/config-schema.ts'
import type { CopyTreeDesired } from './copy-tree-schema.ts'
import { excluder } from './local-tree.ts'
import type { TreeEntries, TreeEntry } from './tree-entries.query.ts'

/** The others, uppermost alone. What is excluded stays, and so do the folders above it. */
export function foundOthers(
  { path, tree, exclude }: CopyTreeDesired,
  found: TreeEntries,
): readonly TreeEntry[] | Unavailable {
  if (found.kind === 'refused') {
    return new Unavailable(`what else lies in ${path} cannot be told: ${found.reason}`, undefined, pathAndAbove(path))
  }
  const { folders, files, links } = tree
  const kept = new Set([...folders, ...files.map((file) => file.path), ...links.map((link) => link.path)])
  const isExcluded = excluder([...exclude, `/${stagingFolder}`])
  const excluded = new Set<string>()
  for (const { path: entry } of found.entries) {
    const parents = foldersAbove(entry)
    if (parents.some((folder) => excluded.has(folder)) || !isExcluded(entry)) continue
    excluded.add(entry)
    for (const name of [entry, ...parents]) kept.add(name)
  }
  const others = new Set<string>()
  return found.entries.filter(({ path: entry }) => {
    const parents = foldersAbove(entry)
    if (kept.has(entry) || parents.some((folder) => excluded.has(folder) || others.has(folder))) return false
    others.add(entry)
    return true
  })
}

function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}
