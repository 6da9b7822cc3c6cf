/** Tables of text: columns of words to the left, of figures to the right. */

/** A cell: its text, and how it looks once it has been padded. */
export interface Cell {
  readonly text: string
  readonly paint?: (text: string) => string
}

/** The lines of a table; all columns but the first are set to the right, unless they are words. */
export function tableLines(rows: readonly (readonly Cell[])[], others: 'left' | 'right' = 'right'): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.text.length ?? 0)))
  return rows.map((row) =>
    row
      .map(({ text, paint = (plain) => plain }, column) => {
        const width = widths[column] ?? 0
        return paint(column === 0 || others === 'left' ? text.padEnd(width) : text.padStart(width))
      })
      .join('  ')
      .trimEnd(),
  )
}
