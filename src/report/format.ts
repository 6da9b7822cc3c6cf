/** How durations, sizes, values and names are written in reports. */

import { stripVTControlCharacters } from 'node:util'
import type { TaskReference } from '../engine/events.ts'
import type { Change, Value } from '../plan/change.ts'

/** `310 ms`, `4.2 s`, `3 min 5 s`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`
  const seconds = Math.round(durationMs / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** Whole seconds of something that goes on: `3 s`, `3 min 5 s`. */
export function formatElapsed(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000)
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000)
}

/** `812 B`, `14.1 kB`, `2.3 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** `1 host`, `2 hosts`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

/** `nginx: template /etc/nginx/nginx.conf`; the role or handler first, then the title. */
export function formatTask({ title, role, handler }: TaskReference): string {
  const origin = handler === undefined ? role : `handler ${handler}`
  return origin === undefined ? title : `${origin}: ${title}`
}

/** `mode: 0644 -> 0600`. */
export function formatChange({ key, from, to }: Change): string {
  return `${key}: ${formatValue(from)} -> ${formatValue(to)}`
}

/**
 * Text from a host without what would command the terminal; line ends and tabs stay. Characters that cannot be seen, or
 * that change the order of others, are shown by their numbers: `<U+202E>`.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\r(?!\n)/g, '\n')
    .replaceAll(/(?![\n\t])\p{Cc}/gu, '')
    .replaceAll(unseen, (sign) => `<U+${codeOf(sign)}>`)
}

// All format characters but the two joiners, which Indic and Persian words need; separators; fillers that look empty.
const unseen = /(?![\u200c\u200d])\p{Cf}|[\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu

function codeOf(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
}

/** The lines of a text, without the empty one after the last line end. */
export function linesOf(text: string): string[] {
  return printable(text).replace(/\n+$/, '').split('\n')
}

const longestValue = 100

function formatValue(value: Value): string {
  if (value === null) return '(none)'
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`
  if (typeof value !== 'string') return String(value)
  const lines = value.split('\n').length
  if (lines > 2 || value.length > longestValue) return `(${count(lines, 'line')}, ${count(value.length, 'character')})`
  return /^[\w./:@%+=,*~-]+$/.test(value) ? value : JSON.stringify(value)
}
