/** Words and values as Ansible's INI inventories write them. */

import { noLiteral, pythonLiteral } from './python-literal.ts'

/** Splits a line as Python's shlex does, up to a comment, which may begin within a word; undefined where a quote is not closed. */
export function splitWords(line: string, hasComments = true): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at)
    if (/[ \t\r\n]/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (hasComments && character === '#') {
      break
    } else if (character === "'" || character === '"') {
      const quoted = quotedAt(line, at)
      if (!quoted) return undefined
      word = (word ?? '') + quoted.text
      at = quoted.end
    } else if (character === '\\') {
      if (at + 1 === line.length) return undefined
      word = (word ?? '') + line.charAt(++at)
    } else word = (word ?? '') + character
  }
  return word === undefined ? words : [...words, word]
}

/** The text in quotes that begin at `start`, and where they end. */
function quotedAt(line: string, start: number): { text: string; end: number } | undefined {
  const quote = line.charAt(start)
  let text = ''
  for (let at = start + 1; at < line.length; at++) {
    const character = line.charAt(at)
    if (character === quote) return { text, end: at }
    const next = line.charAt(at + 1)
    if (quote === '"' && character === '\\' && (next === '"' || next === '\\')) {
      text += next
      at++
    } else text += character
  }
  return undefined
}

/** A value: what Python takes for a literal, else the text. */
export function parseValue(text: string): unknown {
  const value = pythonLiteral(text)
  return value === noLiteral ? text : value
}
