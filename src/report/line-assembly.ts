/** Puts lines together from text that comes in pieces, for each host of its own. */

import { printable } from './format.ts'

/** See the file's first line. */
export interface LineAssembly {
  /** The lines that `text` completes. */
  add(host: string, text: string): string[]
  /** What is left without a line end; it is a line too, once nothing more comes. */
  rest(host: string): string[]
  /** The line that is being written, or the last one that was not empty. */
  last(host: string): string
}

/** An assembly without any text yet. */
export function assembleLines(): LineAssembly {
  const open = new Map<string, string>()
  const last = new Map<string, string>()
  return {
    add(host, text) {
      const lines = `${open.get(host) ?? ''}${text}`.split('\n')
      const left = lines.pop() ?? ''
      open.set(host, left)
      const whole = lines.flatMap(rewritten)
      const shown = [...whole, ...rewritten(left)].findLast((line) => line.trim() !== '')
      if (shown !== undefined) last.set(host, shown)
      return whole
    },
    rest(host) {
      const left = open.get(host) ?? ''
      open.delete(host)
      last.delete(host)
      return left === '' ? [] : rewritten(left)
    },
    last: (host) => last.get(host) ?? '',
  }
}

// A line that is written over and over, such as a progress bar, ends up as what it was last.
function rewritten(line: string): string[] {
  const text = line.replace(/\r+$/, '')
  return [printable(text.slice(text.lastIndexOf('\r') + 1))]
}
