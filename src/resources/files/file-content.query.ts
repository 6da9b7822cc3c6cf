/** Asks for the content of files: `stat`, `cat` and `stat` again, one process each for all of them. */

import { defineQuery, type Output, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'
import { type Absence, absences, absentFunction } from './absence.ts'

/** What a file holds. `refused` says why it is not known: too large, not readable, no file, changed while it was read. */
export type FileContent =
  | { readonly kind: 'file'; readonly bytes: Buffer }
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly reason: string }

/** Larger files are not fetched. In bytes. */
export const largestFetched = 1024 * 1024

export const fileContentQuery: QueryKind<string, FileContent> = {
  name: 'file-content',
  key: (path) => path,
  maxOperands: 500,
  script: (paths) => `LC_ALL=C; export LC_ALL
${absentFunction}
set -- ${paths.map(quote).join(' ')}
i=0 r= c= k= b=
for p do
  i=$((i+1))
  if [ -f "$p" ]; then
    if [ -r "$p" ]; then s=f c="$c \\"\\\${$i}\\""; else s=u; fi
  elif [ -e "$p" ]; then s=o
  elif [ -L "$p" ]; then s=a
  else absent "$p"
  fi
  r=$r$s
done
printf '%s\\0' "$r"
f='%s,%i,%.9Y '
if [ -n "$c" ]; then
  eval "set -- $c"
  b=$(stat -L --printf="$f" -- "$@")
  i=0
  for w in $b; do
    i=$((i+1))
    if [ "\${w%%,*}" -le ${largestFetched} ]; then k="$k \\"\\\${$i}\\""; fi
  done
fi
printf '%s\\0' "$b"
if [ -n "$k" ]; then eval "cat -- $k"; fi
printf '\\0'
if [ -n "$k" ]; then eval "stat -L --printf=\\"\\$f\\" -- $k"; fi
:`,
  parse: (output, paths) => {
    const { letters, before, content, after } = split(output)
    if (letters.length !== paths.length) throw unexpectedAnswer('the content of files', output)
    const files = [...letters].filter((letter) => letter === 'f').length
    const fetched = before.filter(isFetched)
    const total = fetched.reduce((sum, stamp) => sum + sizeOf(stamp), 0)
    const isWhole = before.length === files && total === content.length && fetched.length === after.length
    let offset = 0
    return [...letters].map((letter) => {
      if (letter !== 'f') return withoutContent(letter)
      const stamp = before.shift() ?? ''
      if (!isWhole) return moved
      if (!isFetched(stamp)) return { kind: 'refused', reason: `it is larger than 1 MiB (${sizeOf(stamp)} bytes)` }
      const bytes = content.subarray(offset, offset + sizeOf(stamp))
      offset += bytes.length
      return after.shift() === stamp ? { kind: 'file', bytes } : moved
    })
  },
}

/** What the file at a path holds; links are followed. */
export const fileContent = defineQuery(fileContentQuery)

const moved: FileContent = { kind: 'refused', reason: 'it changed while it was being read' }

/** Letters, stamps before, content, stamps after; a stamp is size, inode and time of change. */
function split(output: Output) {
  const { stdout } = output
  const first = stdout.indexOf(0)
  const second = stdout.indexOf(0, first + 1)
  const last = stdout.lastIndexOf(0)
  if (first < 0 || second < 0 || last <= second) throw unexpectedAnswer('the content of files', output)
  return {
    letters: stdout.toString('latin1', 0, first),
    before: stamps(stdout.subarray(first + 1, second)),
    content: stdout.subarray(second + 1, last),
    after: stamps(stdout.subarray(last + 1)),
  }
}

function stamps(text: Buffer): string[] {
  return text.toString('latin1').split(' ').filter(Boolean)
}

function sizeOf(stamp: string): number {
  return Number.parseInt(stamp, 10)
}

function isFetched(stamp: string): boolean {
  return sizeOf(stamp) <= largestFetched
}

const reasons: Readonly<Record<Exclude<Absence, 'no-file' | 'no-folder'>, string>> = {
  'not-a-folder': 'a part of its path is no directory',
  denied: 'a folder above it may not be searched by the user',
}

function withoutContent(letter: string): FileContent {
  if (letter === 'u') return { kind: 'refused', reason: 'the user may not read it' }
  if (letter === 'o') return { kind: 'refused', reason: 'it is no regular file' }
  const absence = absences[letter]
  if (absence === 'denied' || absence === 'not-a-folder') return { kind: 'refused', reason: reasons[absence] }
  return { kind: 'absent' }
}
