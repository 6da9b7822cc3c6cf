/** A text as lines: taken apart and put together again with its own line ends, and places found in it. */

import { z } from 'zod'

/** A text as lines. */
export interface TextLines {
  readonly lines: readonly string[]
  /** `\r\n` where all lines of the text end with it. */
  readonly lineEnd: string
  /** Whether the last line ends with a line end too. */
  readonly isEnded: boolean
}

/** Takes a text apart. */
export function toLines(text: string): TextLines {
  const lineEnd = text.includes('\r\n') && !/(?<!\r)\n/.test(text) ? '\r\n' : '\n'
  const lines = text.split(lineEnd)
  const isEnded = lines.at(-1) === ''
  return { lines: isEnded ? lines.slice(0, -1) : lines, lineEnd, isEnded }
}

/** Puts `lines` together as `like` was; an added last line is ended whether the one before it was or not. */
export function toText(lines: readonly string[], like: TextLines): string {
  if (lines.length === 0) return ''
  const isLastKept = !like.isEnded && lines.at(-1) === like.lines.at(-1)
  return lines.join(like.lineEnd) + (isLastKept ? '' : like.lineEnd)
}

/** A regular expression as a user writes it: a RegExp, or the source of one. */
export const pattern = z
  .union([z.instanceof(RegExp), z.string()], 'must be a regular expression')
  .transform((given, context) => {
    try {
      // A RegExp with the flags g or y remembers where it was.
      return given instanceof RegExp ? new RegExp(given.source, given.flags.replaceAll(/[gy]/g, '')) : new RegExp(given)
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: thrown instanceof Error ? thrown.message : String(thrown) })
      return z.NEVER
    }
  })

/** The part of a schema that says where something is put that is not there yet. */
export const insertion = {
  /** After the last line that matches; `'end'` (default), also where no line matches. */
  insertAfter: z.union([z.literal('end'), pattern]).optional(),
  /** Before the last line that matches, or at the `'start'`. */
  insertBefore: z.union([z.literal('start'), pattern]).optional(),
}

/** Where to put something. */
export interface Insertion {
  readonly insertAfter?: 'end' | RegExp | undefined
  readonly insertBefore?: 'start' | RegExp | undefined
}

/** The index at which to insert. */
export function insertionIndex(lines: readonly string[], { insertAfter, insertBefore }: Insertion): number {
  if (insertBefore === 'start') return 0
  const anchor = insertBefore ?? (insertAfter === 'end' ? undefined : insertAfter)
  const found = anchor ? lines.findLastIndex((line) => anchor.test(line)) : -1
  if (found < 0) return lines.length
  return insertBefore ? found : found + 1
}

/** Refuses two places at once. */
export function checkInsertion({ insertAfter, insertBefore }: Insertion, context: z.RefinementCtx): void {
  if (insertAfter === undefined || insertBefore === undefined) return
  context.addIssue({ code: 'custom', path: ['insertBefore'], message: 'cannot stand beside insertAfter' })
}
