/** Asks for the entries of folders: builtins list them, one `stat` and one `readlink` look at all of them. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'
import { absences, absentFunction } from './absence.ts'

/** One thing in a folder. */
export interface FolderEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  /** Where a symbolic link points, as it is written in the link. */
  readonly target?: string
}

/** What lies in a folder, sorted by name; or why that cannot be told. A link to a folder stands for the folder. */
export type FolderEntries =
  | { readonly kind: 'folder'; readonly entries: readonly FolderEntry[] }
  | { readonly kind: 'absent' | 'hidden' | 'no-folder' }
  /** A name is no UTF-8, so that nothing could be done about it. */
  | { readonly kind: 'odd-name'; readonly name: string }

const kinds: Readonly<Record<number, FolderEntry['kind']>> = { 8: 'file', 4: 'directory', 10: 'symlink' }
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const folderEntriesQuery: QueryKind<string, FolderEntries> = {
  name: 'folder-entries',
  key: (path) => path,
  // A pattern that fits nothing stays as it is; what it names then is not there.
  script: (paths) => `${absentFunction}
set -- ${paths.map(quote).join(' ')}
n=$# r= i=0 l=
for p do
  if [ -d "$p" ]; then
    if [ -r "$p" ] && [ -x "$p" ]; then s=y; else s=h; fi
  elif [ -e "$p" ] || [ -L "$p" ]; then s=x
  else absent "$p"; fi
  r=$r$s
  [ $s = y ] || continue
  for e in "$p"/* "$p"/.[!.]* "$p"/..?*; do
    if [ -L "$e" ]; then i=$((i+1)); l="$l \\"\\\${$i}\\""; set -- "$@" "$e"
    elif [ -e "$e" ]; then i=$((i+1)); set -- "$@" "$e"; fi
  done
done
shift $n
printf '%s\\0' "$r"
if [ $# -gt 0 ]; then LC_ALL=C stat --printf='%f\\0%n\\0' -- "$@" 2>/dev/null; fi
printf '\\0'
if [ -n "$l" ]; then eval "readlink -z -- $l"; fi
:`,
  parse: (output, paths) => {
    // latin1 keeps every byte, so that names that are no UTF-8 can be told apart.
    const [letters = '', ...fields] = output.stdout.toString('latin1').split('\0')
    const end = fields.findIndex((field, index) => index % 2 === 0 && field === '')
    if (letters.length !== paths.length || end < 0) throw unexpectedAnswer('the entries of folders', output)
    const targets = fields.slice(end + 1)
    const found = Array.from({ length: end / 2 }, (_, index) => {
      const kind = kinds[Number.parseInt(fields[2 * index] ?? '', 16) >> 12] ?? 'other'
      return {
        kind,
        path: fields[2 * index + 1] ?? '',
        ...(kind === 'symlink' ? { target: targets.shift() ?? '' } : {}),
      }
    })
    return paths.map((path, index) => answer(letters[index] ?? '', Buffer.from(`${path}/`).toString('latin1'), found))
  },
}

/** What lies in the folder at an absolute path. */
export const folderEntries = defineQuery(folderEntriesQuery)

interface Found {
  readonly kind: FolderEntry['kind']
  readonly path: string
  readonly target?: string
}

function answer(letter: string, prefix: string, found: readonly Found[]): FolderEntries {
  if (letter !== 'y') return { kind: reasons[letter] ?? absenceOf(letter) }
  const entries: FolderEntry[] = []
  for (const { path, kind, target } of found) {
    const bytes = path.slice(prefix.length)
    if (!path.startsWith(prefix) || bytes.includes('/')) continue
    const name = text(bytes)
    if (name === undefined) return { kind: 'odd-name', name: bytes }
    entries.push({ name, kind, ...(target === undefined ? {} : { target: text(target) ?? target }) })
  }
  return { kind: 'folder', entries: entries.sort((left, right) => (left.name < right.name ? -1 : 1)) }
}

const reasons: Readonly<Record<string, 'hidden' | 'no-folder'>> = { h: 'hidden', x: 'no-folder' }

function absenceOf(letter: string): 'absent' | 'hidden' | 'no-folder' {
  const absence = absences[letter]
  if (absence === 'denied') return 'hidden'
  return absence === 'not-a-folder' ? 'no-folder' : 'absent'
}

function text(latin1: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(latin1, 'latin1'))
  } catch {
    return undefined
  }
}
