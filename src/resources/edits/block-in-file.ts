/** The resource `blockInFile`: a block of lines between two markers in a file that something else owns. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { Unavailable } from '../../plan/resource.ts'
import { applyEdit, checkEdit, diffEdit, type Edit, editOptions, parseEdit, readEdit, writesEdit } from './text-edit.ts'
import { type Insertion, insertionIndex, toLines, toText } from './text-lines.ts'

const oneLine = /^[^\n\0]+$/

const schema = z
  .strictObject({
    ...editOptions,
    /** The lines; a line end at their end may be left out. */
    block: z.string().optional(),
    /** Tells the blocks of one file apart. */
    name: z.string().regex(oneLine, 'must be one line').default('block'),
    /** The lines around the block, where `{mark}` is BEGIN or END and `{name}` the name: a comment of the file's language. */
    marker: z
      .string()
      .regex(oneLine, 'must be one line')
      .includes('{mark}', { error: 'must hold {mark}, which becomes BEGIN and END' })
      .default('# {mark} foobar-deploy {name}'),
  })
  .superRefine((given, context) => {
    checkEdit(given, context)
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['block'], message })
    if (given.state === 'present' && !given.block) refuse('is missing or empty')
    const { begin, end } = marksOf(given)
    if (blockLines(given.block).some((line) => line === begin || line === end)) refuse('holds a mark of its own')
  })

/**
 * Lines between two marks in a file that the host or a package owns; what is between the marks is replaced as a whole.
 * The file is judged and replaced as by `file`, and not at all if somebody else changed it meanwhile.
 *
 * @example
 * ```ts
 * import { blockInFile } from 'foobar-deploy'
 *
 * blockInFile({ path: '/etc/hosts', name: 'cluster', block: '192.0.2.1 db1\n192.0.2.2 db2\n' })
 * ```
 */
export const blockInFile = defineResource({
  type: 'blockInFile',
  schema,
  id: ({ path, name }: z.output<typeof schema>) => `${path}: ${name}`,
  read: readEdit,
  parse: (answers, desired: z.output<typeof schema>) => {
    const state = parseEdit(answers, desired)
    if (state instanceof Unavailable) return state
    const broken = brokenMarks(state.text ?? '', desired)
    return broken
      ? new Unavailable(`${state.path} ${broken}`, 'put the marks right by hand', [`path ${state.path}`])
      : state
  },
  writes: (desired: z.output<typeof schema>) => writesEdit(desired),
  diff: (current, desired: z.output<typeof schema>) =>
    diffEdit('block', current, editBlock(current.text ?? '', desired), desired),
  apply: (changes, desired, current) => applyEdit(changes, current, desired),
})

/** What is desired of a block. */
export interface DesiredBlock extends Insertion {
  readonly state: 'present' | 'absent'
  readonly block?: string | undefined
  readonly name: string
  readonly marker: string
}

/** The text with the block in it, or without it; its marks must not be broken. */
function editBlock(text: string, desired: DesiredBlock): Edit {
  const { begin, end } = marksOf(desired)
  const parts = toLines(text)
  const { lines } = parts
  const first = lines.indexOf(begin)
  const length = first < 0 ? 0 : lines.indexOf(end) - first + 1
  const isWanted = desired.state === 'present'
  const block = isWanted ? [begin, ...blockLines(desired.block), end] : []
  const index = first < 0 ? insertionIndex(lines, desired) : first
  const edited = lines.toSpliced(index, length, ...block)
  const isSame = edited.length === lines.length && edited.every((line, at) => line === lines[at])
  return {
    text: isSame ? text : toText(edited, parts),
    from: first < 0 ? null : lines.slice(first + 1, first + length - 1),
    to: isWanted ? block.slice(1, -1) : null,
  }
}

/** What is wrong with the marks in a text. */
function brokenMarks(text: string, desired: DesiredBlock): string | undefined {
  const { begin, end } = marksOf(desired)
  const { lines } = toLines(text)
  const begins = lines.filter((line) => line === begin).length
  const ends = lines.filter((line) => line === end).length
  if (begins > 1 || ends > 1) return `has the mark "${begins > 1 ? begin : end}" more than once`
  if (begins !== ends) return `has the mark "${begins ? begin : end}" without "${begins ? end : begin}"`
  return lines.indexOf(begin) > lines.indexOf(end) ? `has the mark "${end}" before "${begin}"` : undefined
}

function marksOf({ marker, name }: Pick<DesiredBlock, 'marker' | 'name'>): { begin: string; end: string } {
  const mark = (word: string) => marker.replaceAll('{mark}', word).replaceAll('{name}', () => name)
  return { begin: mark('BEGIN'), end: mark('END') }
}

function blockLines(block = ''): string[] {
  return block.replace(/\n$/, '').split('\n')
}
