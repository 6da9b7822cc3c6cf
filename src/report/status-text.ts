/** Statuses as people read them: a table for each section, coloured by how good things are, and a last line that sums up. */

import type { FoobarDeployError } from '../errors.ts'
import type { StatusCell, StatusLevel, StatusRow } from '../plan/status-row.ts'
import { hintLines } from './error-text.ts'
import { count, printable } from './format.ts'
import type { Paint, Tone } from './paint.ts'
import { type Cell, tableLines } from './table.ts'

/** A table of the rows of all hosts. */
export interface StatusTable {
  readonly section: string
  readonly rows: readonly { readonly host: string; readonly row: StatusRow }[]
}

/** Everything that was said, and who could not be asked. */
export interface StatusReport {
  readonly tables: readonly StatusTable[]
  readonly unreachable: readonly { readonly host: string; readonly error: FoobarDeployError }[]
}

const tones: Readonly<Record<StatusLevel, Tone>> = { good: 'ok', warning: 'changed', bad: 'failed' }

/** The whole report. */
export function statusText({ tables, unreachable }: StatusReport, paint: Paint): string {
  const parts = tables.map((table) => `${paint('heading', table.section)}\n${linesOf(table, paint).join('\n')}\n`)
  const lost = unreachable.flatMap(({ host, error }) => [
    paint('unreachable', `${host} could not be queried: ${[error.summary, error.detail].filter(Boolean).join(': ')}`),
    ...hintLines(error, paint).map((line) => `  ${line}`),
  ])
  return [...parts, [...lost, sumOf({ tables, unreachable }, paint)].join('\n')].join('\n').concat('\n')
}

/** How many cells are of a level. */
export function countOf({ tables }: Pick<StatusReport, 'tables'>, level: StatusLevel): number {
  const cells = tables.flatMap(({ rows }) => rows.flatMap(({ row }) => Object.values(row)))
  return cells.filter((cell) => typeof cell === 'object' && cell.level === level).length
}

function sumOf(report: StatusReport, paint: Paint): string {
  const [bad, warnings] = [countOf(report, 'bad'), countOf(report, 'warning')]
  const interrupted = report.unreachable.filter(({ error }) => error.family === 'interrupted').length
  const unreachable = report.unreachable.length - interrupted
  const parts = [
    ...(bad > 0 ? [paint('failed', `${bad} bad`)] : []),
    ...(warnings > 0 ? [paint('changed', count(warnings, 'warning'))] : []),
    ...(unreachable > 0 ? [paint('unreachable', `${count(unreachable, 'host')} unreachable`)] : []),
    ...(interrupted > 0 ? [paint('failed', 'interrupted')] : []),
  ]
  if (parts.length > 0) return parts.join(', ')
  return report.tables.length === 0 ? 'No role of this playbook has a status to show.' : paint('ok', 'All is well.')
}

function linesOf({ rows }: StatusTable, paint: Paint): string[] {
  const columns = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))]
  const heading = ['host', ...columns].map((text): Cell => ({ text, paint: (plain) => paint('quiet', plain) }))
  const body = rows.map(({ host, row }, index): Cell[] => [
    { text: rows[index - 1]?.host === host ? '' : host },
    ...columns.map((column) => cellOf(row[column], paint)),
  ])
  return tableLines([heading, ...body], 'left').map((line) => `  ${line}`)
}

function cellOf(cell: StatusCell | undefined, paint: Paint): Cell {
  if (cell === undefined) return { text: '' }
  if (typeof cell !== 'object') return { text: printable(String(cell)) }
  return { text: printable(cell.text), paint: (plain) => paint(tones[cell.level], plain) }
}
