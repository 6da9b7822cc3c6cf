/** An error as people read it: what, where, what to do. */

import { relative } from 'node:path'
import { type FoobarDeployError, formatLocation } from '../errors.ts'
import { printable } from './format.ts'
import type { Paint } from './paint.ts'

/** The lines of an error; paths are shown from `workingDirectory` where they lie in it. */
export function errorText(error: FoobarDeployError, paint: Paint, workingDirectory: string): string {
  const { code, summary, detail, hint, host, task, at } = error
  const label = paint('failed', `error[${code}]`)
  const told =
    detail === undefined
      ? ''
      : `:${detail.startsWith('\n') ? '' : ' '}${indented(shortPlaces(printable(detail), workingDirectory))}`
  const lines = [`${label}: ${paint('strong', summary)}${told}`]
  const place = [host && `on ${host}`, task && `in ${task}`].filter((part) => part !== undefined).join(', ')
  if (place) lines.push(`  ${printable(place)}`)
  if (at) lines.push(`  at ${formatLocation({ ...at, file: shownPath(at.file, workingDirectory) })}`)
  return [...lines, ...hintLines({ hint }, paint).map((line) => `  ${line}`)].join('\n')
}

/** What to do, in a line; none if the error does not know. */
export function hintLines({ hint }: Pick<FoobarDeployError, 'hint'>, paint: Paint): string[] {
  return hint ? [`${paint('notice', 'hint')}: ${printable(hint)}`] : []
}

/** One line that says which error it is. */
export function errorLine({ summary, detail }: FoobarDeployError): string {
  const [first = ''] = printable(detail ?? '').split('\n')
  return first === '' ? summary : `${summary}: ${first}`
}

/** Places as problems end with them, `(/file:line:column)`, shown from `workingDirectory`. */
function shortPlaces(text: string, workingDirectory: string): string {
  return text.replaceAll(
    /\((\/[^()\n]+?)(:\d+:\d+)\)$/gm,
    (_, file: string, place: string) => `(${shownPath(file, workingDirectory)}${place})`,
  )
}

// Lines that already stand in are a list or a quotation.
function indented(text: string): string {
  return text.replaceAll(/\n(?=\S)/g, '\n  ')
}

/** What is shown for something that should not have been thrown. */
export function bugText(thrown: unknown, paint: Paint): string {
  const stack = thrown instanceof Error ? (thrown.stack ?? String(thrown)) : String(thrown)
  return [
    `${paint('failed', 'error[bug]')}: ${paint('strong', 'This is a bug in foobar-deploy')}`,
    printable(stack).replaceAll(/^/gm, '  '),
    `  ${paint('notice', 'hint')}: Please report it to the maintainers of foobar-deploy with these lines and the command.`,
  ].join('\n')
}

/** `file` as seen from `workingDirectory`, where that is shorter. */
export function shownPath(file: string, workingDirectory: string): string {
  const short = relative(workingDirectory, file)
  return short === '' || short.startsWith('..') ? file : short
}
