/** Asks for swap files: one look at /proc/swaps, and for each existing file whether it is formatted as swap. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'
import { unescapeField } from './mounts.query.ts'

/** What is known of a swap file. */
export interface SwapArea {
  /** Whether it holds the signature of a swap area; undefined where there is no file that could be read. */
  readonly isMade?: boolean
  /** Absent where it is not in use. */
  readonly inUse?: { readonly priority: number }
}

export const swapAreaQuery: QueryKind<string, SwapArea> = {
  name: 'swap-area',
  key: (path) => path,
  // The signature ends the first page.
  script: (paths) => `cat /proc/swaps
page=$(getconf PAGESIZE 2>/dev/null || echo 4096)
for p in ${paths.map(quote).join(' ')}; do
  if [ -f "$p" ] && [ -r "$p" ]; then
    case $(head -c "$page" -- "$p" | tail -c 10 | tr -d '\\0') in SWAPSPACE2) echo made ;; *) echo other ;; esac
  else echo none; fi
done`,
  parse: (output, paths) => {
    const lines = output.stdout.toString().split('\n').filter(Boolean)
    const letters = lines.splice(lines.length - paths.length)
    if (!lines[0]?.startsWith('Filename') || letters.length !== paths.length) {
      throw unexpectedAnswer('swap files', output)
    }
    const inUse = new Map(
      lines.slice(1).map((line): [string, number] => {
        const fields = line.split(/\s+/)
        return [unescapeField(fields[0] ?? ''), Number(fields[4])]
      }),
    )
    return paths.map((path, index) => {
      const priority = inUse.get(path)
      return {
        ...(letters[index] === 'none' ? {} : { isMade: letters[index] === 'made' }),
        ...(priority === undefined ? {} : { inUse: { priority } }),
      }
    })
  },
}

/** The swap file at a path. */
export const swapArea = defineQuery(swapAreaQuery)
