/** Unified diffs in colour. */

import { linesOf } from './format.ts'
import type { Paint, Tone } from './paint.ts'

/** The lines of a unified diff, coloured. */
export function diffLines(diff: string, paint: Paint): string[] {
  return linesOf(diff).map((line) => {
    const tone = toneOf(line)
    return tone ? paint(tone, line) : line
  })
}

function toneOf(line: string): Tone | undefined {
  if (/^(---|\+\+\+) /.test(line)) return 'strong'
  if (line.startsWith('@@')) return 'hunk'
  if (line.startsWith('+')) return 'added'
  if (line.startsWith('-')) return 'removed'
  return line.startsWith('\\') ? 'quiet' : undefined
}
