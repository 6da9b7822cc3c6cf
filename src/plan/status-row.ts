/** Rows of a table of statuses: how something is doing, by the names of the columns. */

/** How good something is. */
export type StatusLevel = 'good' | 'warning' | 'bad'

/** What stands in such a table: a text, or one that says how good it is. */
export type StatusCell = string | number | { readonly text: string; readonly level: StatusLevel }

/** A row, by the names of its columns. */
export type StatusRow = Readonly<Record<string, StatusCell>>
