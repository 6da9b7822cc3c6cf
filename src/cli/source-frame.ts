/** The place that a syntax error of Node.js points at, read from the text it puts before the stack. */

import { spawnSync } from 'node:child_process'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import type { SourceLocation } from '../errors.ts'

/** A line of source with a part of it marked; `width` counts characters from the column of `at`. */
export interface SourceFrame {
  readonly at: SourceLocation
  readonly text: string
  readonly width: number
}

/** The marked line of a syntax error that came out of loading `path`; undefined when Node.js does not tell. */
export function syntaxFrame(path: string, thrown: unknown): SourceFrame | undefined {
  const told = parseFrame(thrown instanceof Error ? (thrown.stack ?? '') : '')
  // Node.js keeps the place of a syntax error in JavaScript to itself until it dies of it.
  return told ?? (path === '' ? undefined : parseFrame(spawnSync(execPath, ['--check', path]).stderr.toString()))
}

/** Reads `file:line`, some lines of source, and the line of carets under the marked one. */
export function parseFrame(text: string): SourceFrame | undefined {
  const lines = text.split('\n')
  const [, url, line] = /^((?:file:\/\/)?\/.+):(\d+)$/.exec(lines[0] ?? '') ?? []
  const carets = lines.findIndex((candidate) => /^\s*\^+\s*$/.test(candidate))
  if (url === undefined || carets < 2) return undefined
  const column = (lines[carets] as string).indexOf('^') + 1
  const file = url.startsWith('file:') ? fileURLToPath(url) : url
  return {
    at: { file, line: Number(line), column },
    text: lines[carets - 1] as string,
    width: (lines[carets] as string).trim().length,
  }
}
