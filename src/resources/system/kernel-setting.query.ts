/** Asks for settings of the running kernel: one `tail` for any number of files in /proc/sys. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'

const root = '/proc/sys/'

// Not `read`: dash reads byte by byte, and the kernel gives no more than the first byte of a number that way.
export const kernelSettingQuery: QueryKind<string, string | undefined> = {
  name: 'kernel-setting',
  key: (path) => path,
  script: (paths) => `LC_ALL=C; export LC_ALL
set -- ${paths.map((path) => quote(`${root}${path}`)).join(' ')}
n=$# r=
for p do
  if [ -f "$p" ] && [ -r "$p" ]; then set -- "$@" "$p"; r=\${r}y; else r=\${r}n; fi
done
shift $n
printf '%s\\n' "$r"
if [ $# -gt 0 ]; then tail -q -n +1 -v -- "$@" 2>/dev/null; fi
:`,
  parse: (output, paths) => {
    const [letters = '', ...lines] = output.stdout.toString().split('\n')
    if (letters.length !== paths.length) throw unexpectedAnswer('settings of the kernel', output)
    const values = new Map<string, string[]>()
    let current: string[] = []
    for (const line of lines) {
      const header = /^==> (\/proc\/sys\/.*) <==$/.exec(line)?.[1]
      if (header === undefined) current.push(line)
      else {
        current = []
        values.set(header, current)
      }
    }
    return paths.map((path, index) => {
      if (letters[index] !== 'y') return undefined
      return (values.get(`${root}${path}`) ?? [])
        .join('\n')
        .trim()
        .replaceAll(/[ \t]+/g, ' ')
    })
  },
}

/** The value of the setting at a path below /proc/sys, blanks as single spaces; undefined where the kernel has none. */
export const kernelSetting = defineQuery(kernelSettingQuery)
