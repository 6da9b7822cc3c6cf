/** Lines of /etc/fstab: read as fields, compared as fields, written one at a time. */

import { ownedLines, setOwnedLine } from '../edits/owned-line.ts'
import { sharedText } from '../edits/text-edit.ts'
import { unescapeField } from './mounts.query.ts'

/** A line of the table. */
export interface FstabEntry {
  readonly source: string
  /** `none` for what is mounted nowhere. */
  readonly path: string
  readonly type: string
  /** With commas between them. */
  readonly options: string
  readonly dump: number
  readonly pass: number
}

// What lies beside the table (a device that is not there) is no reason to refuse it; a line that cannot be read is.
const validate =
  "! command -v findmnt >/dev/null || ! LC_ALL=C findmnt --verify --tab-file %s 2>&1 | grep -B 99 '^[1-9][0-9]* parse error' >&2"

/** The table as a text to be edited. */
export const fstab = sharedText('/etc/fstab', validate)

/** Whether a line is that of an entry. */
type IsOwn = (entry: FstabEntry) => boolean

/** The text in which `entry` is the only one that `isOwn`; undefined for none. A line that says the same is left. */
export function editFstab(text: string, isOwn: IsOwn, entry: FstabEntry | undefined): string {
  const own = (line: string) => matches(line, isOwn)
  const lines = ownedLines(text, own)
  const parsed = lines.length === 1 ? parseFstabLine(lines[0] ?? '') : undefined
  if (entry && parsed && same(parsed, entry)) return text
  return setOwnedLine(text, own, entry && renderFstabLine(entry))
}

/** The entries of a text that `isOwn`. */
export function fstabEntries(text: string, isOwn: IsOwn): FstabEntry[] {
  return ownedLines(text, (line) => matches(line, isOwn)).flatMap((line) => parseFstabLine(line) ?? [])
}

/** The line of an entry. */
export function renderFstabLine({ source, path, type, options, dump, pass }: FstabEntry): string {
  return [...[source, path, type, options].map(escapeField), dump, pass].join(' ')
}

function matches(line: string, isOwn: IsOwn): boolean {
  const entry = parseFstabLine(line)
  return entry !== undefined && isOwn(entry)
}

function parseFstabLine(line: string): FstabEntry | undefined {
  const fields = line.trim().split(/[ \t]+/)
  if (fields.length < 3 || fields[0]?.startsWith('#')) return undefined
  const [source = '', path = '', type = '', options = 'defaults'] = fields.map(unescapeField)
  return {
    source,
    path: path.replace(/(?<=.)\/+$/, ''),
    type,
    options,
    dump: Number(fields[4] ?? 0),
    pass: Number(fields[5] ?? 0),
  }
}

function same(left: FstabEntry, right: FstabEntry): boolean {
  return (['source', 'path', 'type', 'options', 'dump', 'pass'] as const).every((key) => left[key] === right[key])
}

function escapeField(field: string): string {
  return field.replaceAll(/[ \t\\]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
