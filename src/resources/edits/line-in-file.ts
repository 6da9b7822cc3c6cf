/** The resource `lineInFile`: one line of a file that something else owns, present or absent. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { applyEdit, checkEdit, diffEdit, type Edit, editOptions, parseEdit, readEdit, writesEdit } from './text-edit.ts'
import { type Insertion, insertionIndex, pattern, toLines, toText } from './text-lines.ts'

const schema = z
  .strictObject({
    ...editOptions,
    /** The line, without its line end. */
    line: z
      .string()
      .regex(/^[^\n\0]*$/, 'must be one line')
      .optional(),
    /** The last line that matches is replaced by `line`; with `state: 'absent'` all that match are removed. */
    match: pattern.optional(),
  })
  .superRefine((given, context) => {
    checkEdit(given, context)
    if (given.state === 'present' && given.line === undefined) {
      context.addIssue({ code: 'custom', path: ['line'], message: 'is missing' })
    }
    if (given.state === 'absent' && given.line === undefined && given.match === undefined) {
      context.addIssue({ code: 'custom', path: ['match'], message: 'is missing, and line too: what is to be removed?' })
    }
  })

/**
 * A line in a file that the host or a package owns. It replaces the last line that `match` fits; where none does, it is
 * inserted, unless it is there already. The file is judged and replaced as by `file`, and not at all if somebody else
 * changed it meanwhile.
 *
 * @example
 * ```ts
 * import { lineInFile } from 'foobar-deploy'
 *
 * lineInFile({ path: '/etc/ssh/sshd_config', match: /^#?PermitRootLogin\b/, line: 'PermitRootLogin no', validate: 'sshd -t -f %s' })
 * lineInFile({ path: '/etc/fstab', match: '\\sswap\\s', state: 'absent' })
 * ```
 */
export const lineInFile = defineResource({
  type: 'lineInFile',
  schema,
  id: ({ path, line, match }: z.output<typeof schema>) => `${path}: ${line ?? match}`,
  read: readEdit,
  parse: parseEdit,
  writes: (desired: z.output<typeof schema>) => writesEdit(desired),
  diff: (current, desired) => diffEdit('line', current, editLine(current.text ?? '', desired), desired),
  apply: (changes, desired, current) => applyEdit(changes, current, desired),
})

/** What is desired of a line. */
export interface DesiredLine extends Insertion {
  readonly state: 'present' | 'absent'
  readonly line?: string | undefined
  readonly match?: RegExp | undefined
}

/** The text with the line in it, or without it. */
function editLine(text: string, desired: DesiredLine): Edit {
  return desired.state === 'present' ? withLine(text, desired) : withoutLines(text, desired)
}

function withLine(text: string, desired: DesiredLine): Edit {
  const { line = '', match } = desired
  const parts = toLines(text)
  const { lines } = parts
  const matched = match ? lines.findLastIndex((candidate) => match.test(candidate)) : -1
  const found = matched < 0 ? lines.indexOf(line) : matched
  if (found >= 0 && lines[found] === line) return { text, from: line, to: line }
  const index = found < 0 ? insertionIndex(lines, desired) : found
  return {
    text: toText(lines.toSpliced(index, found < 0 ? 0 : 1, line), parts),
    from: found < 0 ? null : (lines[found] ?? null),
    to: line,
  }
}

function withoutLines(text: string, { line, match }: DesiredLine): Edit {
  const parts = toLines(text)
  const isRemoved = (candidate: string) => candidate === line || (match?.test(candidate) ?? false)
  const removed = parts.lines.filter(isRemoved)
  if (removed.length === 0) return { text, from: null, to: null }
  const kept = parts.lines.filter((candidate) => !isRemoved(candidate))
  return { text: toText(kept, parts), from: removed.length === 1 ? (removed[0] ?? null) : removed, to: null }
}
