/** Edits of INI texts: one key of one section is set or removed; comments, order and blanks stay as they are. */

import type { Edit } from './text-edit.ts'
import { toLines, toText } from './text-lines.ts'

/** What is desired of a key, or of a section as a whole. */
export interface IniWish {
  /** Undefined for what stands before the first section. */
  readonly section: string | undefined
  /** Undefined for the section itself. */
  readonly key: string | undefined
  /** Text; null for a key that stands alone; undefined for none at all. */
  readonly value: string | null | undefined
}

interface Row {
  readonly kind: 'header' | 'key' | 'other'
  readonly section: string | undefined
  readonly key?: string
  readonly margin?: string
  /** The `=` or `:` with its blanks; absent for a key that stands alone. */
  readonly separator?: string
  readonly value?: string | null
}

/** The text after the edit, and the value that was there. */
export function editIni(text: string, { section, key, value }: IniWish): Edit {
  const parts = toLines(text)
  const rows = rowsOf(parts.lines)
  const isOf = (row: Row) => row.section === section
  if (key === undefined) {
    const isThere = rows.some(isOf)
    const kept = parts.lines.filter((_, index) => !isOf(rows[index] as Row))
    return { text: isThere ? toText(kept, parts) : text, from: isThere ? 'present' : null, to: null }
  }
  const found = rows.flatMap((row, index) => (row.kind === 'key' && isOf(row) && row.key === key ? [index] : []))
  const from = found.length === 0 ? null : (rows[found.at(-1) ?? 0]?.value ?? '')
  if (value === undefined) {
    const kept = parts.lines.filter((_, index) => !found.includes(index))
    // What it was is not told: it may be a secret that nobody knows any more.
    const isThere = found.length > 0
    return { text: isThere ? toText(kept, parts) : text, from: isThere ? 'present' : null, to: null }
  }
  const last = found.at(-1)
  const to = value ?? ''
  if (last === undefined) return { text: toText(insert(parts.lines, rows, section, key, value), parts), from, to }
  const row = rows[last] as Row
  if (found.length === 1 && row.value === value) return { text, from, to }
  // What comes last is what most programs go by.
  const earlier = found.slice(0, -1)
  const line = render(row.margin ?? '', key, row.separator ?? separatorNear(rows, section), value)
  const lines = parts.lines
    .map((one, index) => (index === last ? line : one))
    .filter((_, index) => !earlier.includes(index))
  return { text: toText(lines, parts), from, to }
}

function rowsOf(lines: readonly string[]): Row[] {
  let section: string | undefined
  return lines.map((line): Row => {
    const header = /^\s*\[([^\]]*)\]\s*([;#].*)?$/.exec(line)?.[1]?.trim()
    if (header !== undefined) {
      section = header
      return { kind: 'header', section }
    }
    if (/^\s*([;#]|$)/.test(line)) return { kind: 'other', section }
    const [, margin = '', key = '', separator, value] = /^(\s*)(\S.*?)(?:(\s*=\s*|\s*:\s+)(.*))?$/.exec(line) ?? []
    const row: Row = { kind: 'key', section, key: key.trimEnd(), margin, value: value?.trimEnd() ?? null }
    return separator === undefined ? row : { ...row, separator }
  })
}

/** After the last key of the section; a section that is not there goes to the end. */
function insert(
  lines: readonly string[],
  rows: readonly Row[],
  section: string | undefined,
  key: string,
  value: string | null,
): string[] {
  const separator = separatorNear(rows, section)
  const lastKey = rows.findLastIndex((row) => row.kind === 'key' && row.section === section)
  const line = render(rows[lastKey]?.margin ?? '', key, separator, value)
  if (lastKey >= 0) return lines.toSpliced(lastKey + 1, 0, line)
  if (section === undefined) {
    const header = rows.findIndex(({ kind }) => kind === 'header')
    return lines.toSpliced(header < 0 ? lines.length : header, 0, line)
  }
  const header = rows.findLastIndex((row) => row.kind === 'header' && row.section === section)
  if (header >= 0) return lines.toSpliced(header + 1, 0, line)
  const gap = lines.length > 0 && lines.at(-1)?.trim() !== '' ? [''] : []
  return [...lines, ...gap, `[${section}]`, line]
}

/** How the section, or else the file, separates keys and values. */
function separatorNear(rows: readonly Row[], section: string | undefined): string {
  const withOne = rows.filter(({ separator }) => separator !== undefined)
  const near = withOne.findLast((row) => row.section === section) ?? withOne.at(-1)
  return near?.separator ?? ' = '
}

function render(margin: string, key: string, separator: string, value: string | null): string {
  return value === null ? `${margin}${key}` : `${margin}${key}${separator}${value}`.trimEnd()
}
