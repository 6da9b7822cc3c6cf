/** Lines of /etc/hosts: found by their address, compared by their names. */

import { ownedLines, setOwnedLine } from '../edits/owned-line.ts'
import { sharedText } from '../edits/text-edit.ts'

/** The table as a text to be edited. */
export const hostsFile = sharedText('/etc/hosts')

/** The names of an address in a text, or its lines where it has several; null where it has none. */
export function namesOf(text: string, address: string): readonly string[] | null {
  const lines = ownedLines(text, isOf(address))
  if (lines.length > 1) return lines
  return lines[0] === undefined ? null : fieldsOf(lines[0]).slice(1)
}

/** The text in which `address` has these names in one line, or none; a remark behind them stays. */
export function editHosts(text: string, address: string, names: readonly string[] | undefined): string {
  const lines = ownedLines(text, isOf(address))
  const [first = ''] = lines
  if (names && lines.length === 1 && fieldsOf(first).slice(1).join(' ') === names.join(' ')) return text
  const remark = /\s*#.*$/.exec(first)?.[0] ?? ''
  return setOwnedLine(text, isOf(address), names && `${address} ${names.join(' ')}${remark}`)
}

function isOf(address: string): (line: string) => boolean {
  return (line) => fieldsOf(line)[0]?.toLowerCase() === address.toLowerCase()
}

function fieldsOf(line: string): string[] {
  return line.replace(/#.*$/, '').split(/\s+/).filter(Boolean)
}
