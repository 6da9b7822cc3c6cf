/** Asks for the entries of folders and of all folders below: one `find` for any number of trees. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** One thing in a tree. */
export interface TreeEntry {
  /** Below the root. */
  readonly path: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
}

/** What lies in a tree, folders before what is in them; nothing where there is no folder. Or why that cannot be told. */
export type TreeEntries =
  | { readonly kind: 'entries'; readonly entries: readonly TreeEntry[] }
  | { readonly kind: 'refused'; readonly reason: string }

const kinds: Readonly<Record<string, TreeEntry['kind']>> = { f: 'file', d: 'directory', l: 'symlink' }
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const treeEntriesQuery: QueryKind<string, TreeEntries> = {
  name: 'tree-entries',
  key: (path) => path,
  // Other file systems that are mounted in a tree are named, and not looked into.
  script: (paths) => `set -- ${paths.map(quote).join(' ')}
n=$#
for p do if [ -d "$p" ]; then set -- "$@" "$p/"; fi; done
shift $n
if [ $# -gt 0 ]; then LC_ALL=C find "$@" -xdev -mindepth 1 -printf '%H\\0%y\\0%P\\0'; fi`,
  parse: ({ stdout, stderr }, paths) => {
    const said = stderr.toString().trim().split('\n')[0] ?? ''
    if (said !== '') return paths.map(() => ({ kind: 'refused', reason: said.replace(/^find: /, '') }))
    // latin1 keeps every byte, so that names that are no UTF-8 can be told apart.
    const fields = stdout.toString('latin1').split('\0').slice(0, -1)
    const found = new Map<string, TreeEntries>()
    for (let at = 0; at < fields.length; at += 3) {
      const [root = '', letter = '', name = ''] = fields.slice(at, at + 3)
      const before = found.get(root) ?? { kind: 'entries', entries: [] }
      found.set(root, before.kind === 'entries' ? added(before.entries as TreeEntry[], letter, name) : before)
    }
    return paths.map(
      (path) => found.get(Buffer.from(`${path}/`).toString('latin1')) ?? { kind: 'entries', entries: [] },
    )
  },
}

/** What lies in the tree at an absolute path; a link to a folder stands for the folder. */
export const treeEntries = defineQuery(treeEntriesQuery)

function added(entries: TreeEntry[], letter: string, name: string): TreeEntries {
  try {
    entries.push({ path: utf8.decode(Buffer.from(name, 'latin1')), kind: kinds[letter] ?? 'other' })
    return { kind: 'entries', entries }
  } catch {
    return { kind: 'refused', reason: `a name in it is no UTF-8: ${JSON.stringify(name)}` }
  }
}
