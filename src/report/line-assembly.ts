/** Puts lines together from text that comes in pieces, for each host of its own. */

import { printable } from './format.ts'

/** Collects pieces of text until a line is complete, separately for each host. */
export interface LineAssembly {
  /** The lines that `text` completes. */
  add(host: string, text: string): string[]
  /** The same where only {@link LineAssembly.last} is asked for: no line is made that is not seen. */
  follow(host: string, text: string): void
  /** What is left without a line end; it is a line too, once nothing more comes. */
  rest(host: string): string[]
  /** The line that is being written, or the last one that was not empty. */
  last(host: string): string
}

// No terminal shows more of a line, and no one reads it.
const longestShown = 20_000
// Of the line that is being written, the live screen shows its beginning.
const longestLast = 500

/** An assembly without any text yet. */
export function assembleLines(): LineAssembly {
  const open = new Map<string, OpenLine>()
  const last = new Map<string, string>()
  const openFor = (host: string) => {
    const line = open.get(host) ?? new OpenLine()
    open.set(host, line)
    return line
  }
  const assembly: LineAssembly = {
    follow(host, text) {
      const end = text.lastIndexOf('\n', text.length - 2)
      const begin = end < 0 ? -1 : text.lastIndexOf('\n', end - 1)
      if (begin >= 0) openFor(host).end('')
      assembly.add(host, text.slice(begin + 1))
    },
    add(host, text) {
      const line = openFor(host)
      const pieces = text.split('\n')
      const left = pieces.pop() ?? ''
      const whole = pieces.map((piece) => line.end(piece))
      line.add(left)
      const shown = [...whole, line.beginning()].findLast((one) => one.trim() !== '')
      if (shown !== undefined) last.set(host, shown)
      return whole
    },
    rest(host) {
      const line = open.get(host)
      open.delete(host)
      last.delete(host)
      return !line || line.isEmpty() ? [] : [line.end('')]
    },
    last: (host) => last.get(host) ?? '',
  }
  return assembly
}

/** The line that is being written: only what will be seen of it is kept. */
class OpenLine {
  #text = ''
  // A return may be the first half of the line end, so it takes effect with what comes next.
  #isReturned = false

  isEmpty(): boolean {
    return this.#text === '' && !this.#isReturned
  }

  // A line that is written over and over, such as a progress bar, ends up as what it was last.
  add(piece: string): void {
    const written = piece.replace(/\r+$/, '')
    const start = written.lastIndexOf('\r') + 1
    if (written !== '') {
      const before = start > 0 || this.#isReturned ? '' : this.#text
      this.#text = before.length > longestShown ? before : before + written.slice(start, start + longestShown + 1)
      this.#isReturned = false
    }
    if (written.length < piece.length) this.#isReturned = true
  }

  /** The line with `piece` as its end; the next one begins. */
  end(piece: string): string {
    this.add(piece)
    const text = this.#text
    this.#text = ''
    this.#isReturned = false
    return printable(text.length > longestShown ? `${text.slice(0, longestShown)}…` : text)
  }

  beginning(): string {
    return printable(this.#text.slice(0, longestLast))
  }
}
