/** Facts as people read them: names and values, one a line. */

import type { Facts } from '../../model/facts.ts'
import { printable } from '../../report/format.ts'
import type { Paint } from '../../report/paint.ts'

/** The facts of a host under its name. */
export function factsText(host: string, facts: Facts, paint: Paint): string {
  return `${paint('heading', host)}\n${lines({ ...facts }, '  ').join('\n')}\n`
}

function lines(value: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    if (Array.isArray(member) && member.length > 0) {
      return [`${indent}${key}:`, ...member.map((item) => `${indent}  - ${inline(item)}`)]
    }
    if (typeof member === 'object' && member !== null && !Array.isArray(member) && Object.keys(member).length > 0) {
      return [`${indent}${key}:`, ...lines({ ...member }, `${indent}  `)]
    }
    return [`${indent}${key}: ${inline(member)}`]
  })
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return value.map(inline).join(' ') || '(none)'
  if (typeof value !== 'object' || value === null) return printable(String(value)) || '(none)'
  const members = Object.entries(value).map(([key, member]) => `${key} ${inline(member)}`)
  return members.join(', ') || '(none)'
}
