/** One line of a table such as /etc/hosts, found by what it is of: replaced, added or removed; all others stay. */

import { toLines, toText } from './text-lines.ts'

/** The text in which `line` is the only one that `isOwn`; undefined for none. A new line goes to the end. */
export function setOwnedLine(text: string, isOwn: (line: string) => boolean, line: string | undefined): string {
  const parts = toLines(text)
  let isPlaced = false
  const lines = parts.lines.flatMap((candidate) => {
    if (!isOwn(candidate)) return [candidate]
    if (line === undefined || isPlaced) return []
    isPlaced = true
    return [line]
  })
  if (line !== undefined && !isPlaced) lines.push(line)
  const isSame = lines.length === parts.lines.length && lines.every((one, index) => one === parts.lines[index])
  return isSame ? text : toText(lines, parts)
}

/** The lines of a text that `isOwn`. */
export function ownedLines(text: string, isOwn: (line: string) => boolean): string[] {
  return toLines(text).lines.filter(isOwn)
}
