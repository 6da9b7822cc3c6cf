/** Masking by value: whatever text leaves the toolkit, the values of secrets are taken out of it, in every usual spelling. */

import { hexadecimalOf, mayHoldHexadecimal, spellingsOf } from './spellings.ts'

/** What stands wherever a secret's value would have stood. */
export const mask = '********'

/** Values shorter than this cannot be masked: that would garble ordinary words rather than hide anything. */
export const shortestMasked = 4

const remembered = new Set<string>()
const spellings = new Set<string>()
const hexadecimal = new Set<string>()

/** Has `value` masked from now on; the lines of one with several are masked one by one too. */
export function remember(value: string): void {
  if (remembered.has(value)) return
  remembered.add(value)
  for (const spelling of spellingsOf(value)) if (spelling.length >= shortestMasked) spellings.add(spelling)
  if (value.trim().length < shortestMasked) return
  for (const spelling of hexadecimalOf(value)) hexadecimal.add(spelling)
}

/** Whether there is anything to mask. */
export function hasMasked(): boolean {
  return spellings.size > 0
}

/** `text` with the value of every secret known so far replaced by {@link mask}. */
export function redact(text: string): string {
  const spans: [from: number, to: number][] = []
  const search = (known: ReadonlySet<string>) => {
    for (const spelling of known) {
      for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + 1)) {
        spans.push([at, at + spelling.length])
      }
    }
  }
  search(spellings)
  if (mayHoldHexadecimal(text)) search(hexadecimal)
  return spans.length === 0 ? text : masked(text, spans)
}

// Values may overlap, and one may hold another: what any of them covers goes.
function masked(text: string, spans: [from: number, to: number][]): string {
  let result = ''
  let end = 0
  for (const [from, to] of spans.sort(([left], [right]) => left - right)) {
    if (end === 0 || from > end) result += `${text.slice(end, from)}${mask}`
    end = Math.max(end, to)
  }
  return result + text.slice(end)
}
