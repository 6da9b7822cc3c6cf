/** Makes rows of `lineInFile` and `lineinfile`. */

import { lineInFile } from '../../src/index.ts'
import { type Comparison, textFile } from './comparison.ts'

type Options = Omit<Parameters<typeof lineInFile>[0], 'path'>
type Rest = Pick<Comparison, 'reports' | 'differs'> & { readonly start?: string }

/** `text` is what the file holds at the start; null where it is not there. */
export function lineRow(name: string, text: string | null, ours: Options, theirs: object, rest: Rest = {}): Comparison {
  const { start = '', ...expected } = rest
  return {
    name: `line: ${name}`,
    start: (text === null ? '' : textFile(text)) + start,
    ours: (folder) => lineInFile({ path: `${folder}/file`, ...ours } as Parameters<typeof lineInFile>[0]),
    theirs: (folder) => ({ lineinfile: { path: `${folder}/file`, ...theirs } }),
    ...expected,
  }
}
