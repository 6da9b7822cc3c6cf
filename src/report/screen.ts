/** The lower lines of a terminal that are drawn over and over, and text that stays above them. */

import { stripVTControlCharacters } from 'node:util'

/** What is needed of a terminal. */
export interface TerminalOutput {
  readonly columns: number
  readonly rows: number
  write(text: string): unknown
}

/** Draws the lower lines of a terminal again and again; everything else is written above them. */
export interface Screen {
  /** Replaces what was drawn before by these lines. */
  draw(lines: readonly string[]): void
  /** Writes text that ends in a line end and stays. */
  print(text: string): void
  /** Leaves the terminal as it was, with what was printed. */
  close(): void
}

const begin = '\x1b[?2026h\x1b[?25l\x1b[?7l'
const end = '\x1b[?7h\x1b[?2026l'
const showCursor = '\x1b[?25h'

/** A screen on a terminal. */
export function makeScreen(output: TerminalOutput): Screen {
  let drawn: readonly string[] = []
  // Lines that were drawn on a wider terminal have been broken by it since.
  const erase = () => {
    const rows = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / output.columns)), 0)
    return rows === 0 ? '' : `\x1b[${rows}A\r\x1b[J`
  }
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  return {
    draw(lines) {
      if (lines.length === drawn.length && lines.every((line, index) => line === drawn[index])) return
      output.write(`${begin}${erase()}${text(lines)}${end}`)
      drawn = lines
    },
    print(permanent) {
      if (drawn.length === 0) output.write(permanent)
      // Permanent text may be longer than the terminal is wide: it is broken, not cut.
      else output.write(`${begin}${erase()}\x1b[?7h${permanent}\x1b[?7l${text(drawn)}${end}`)
    },
    close() {
      output.write(`${erase()}${showCursor}`)
      drawn = []
    },
  }
}

function widthOf(line: string): number {
  return [...stripVTControlCharacters(line)].length
}
