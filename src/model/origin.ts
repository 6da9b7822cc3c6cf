/** Where in the user's files something was written, learned from the call stack. */

import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SourceLocation } from '../errors.ts'

const toolkit = fileURLToPath(new URL('..', import.meta.url))

/** The place in the user's own files that is uppermost on the stack of `thrown`. */
export function thrownLocation(thrown: unknown): SourceLocation | undefined {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
  for (const [, url = '', line, column] of stack.matchAll(
    /^\s+at (?:.* \()?(?:async )?((?:file:\/\/)?\/.+?):(\d+):(\d+)\)?$/gm,
  )) {
    const file = url.startsWith('file:') ? fileURLToPath(url) : url
    const isForeign = file.startsWith(toolkit) || file.includes(`${sep}node_modules${sep}`)
    if (!isForeign) return { file, line: Number(line), column: Number(column) }
  }
  return undefined
}

/** The place outside the toolkit's own source that called into it; undefined where there is none. */
export function callerLocation(): SourceLocation | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error
  Error.stackTraceLimit = 12
  Error.prepareStackTrace = (_error, sites) => sites
  try {
    const sites = new Error().stack as unknown as NodeJS.CallSite[]
    for (const site of sites) {
      const file = site.getFileName()
      if (!file || file.startsWith('node:')) continue
      const path = file.startsWith('file:') ? fileURLToPath(file) : file
      if (path.startsWith(toolkit)) continue
      return { file: path, line: site.getLineNumber() ?? 1, column: site.getColumnNumber() ?? 1 }
    }
    return undefined
  } finally {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  }
}
