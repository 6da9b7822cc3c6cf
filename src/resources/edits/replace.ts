/** The resource `replace`: all matches of a pattern in a file that something else owns, replaced. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { Unavailable } from '../../plan/resource.ts'
import { checkValidate } from '../files/file-options.ts'
import { applyEdit, diffEdit, type Edit, parseEdit, readEdit, textOptions, writesEdit } from './text-edit.ts'
import { pattern } from './text-lines.ts'

const { state: _state, create: _create, ...options } = textOptions
const schema = z
  .strictObject({
    ...options,
    /** What is replaced, wherever it matches. With the flag `m`, `^` and `$` match at each line. */
    match: pattern,
    /** What it is replaced by: `$1` is the first group, `$&` the match, `$$` a dollar sign. */
    replacement: z.string(),
  })
  .superRefine(checkValidate)
  .transform((given) => ({ ...given, state: 'present' as const, create: false }))

type Desired = z.output<typeof schema>

/**
 * All matches of a pattern in a file that the host or a package owns. The pattern must not match what it was replaced by in a way
 * that would change it again. A file without a match is as desired. The file is judged and replaced as by `lineInFile`.
 *
 * @example
 * ```ts
 * import { replace } from 'foobar-deploy'
 *
 * replace({ path: '/etc/apt/sources.list', match: 'http://(\\S+)\\.hosts\\.test', replacement: 'https://$1.hosts.test' })
 * replace({ path: '/etc/hosts', match: /\bold\.example\.org\b/, replacement: 'new.example.org' })
 * ```
 */
export const replace = defineResource({
  type: 'replace',
  schema,
  id: ({ path, match }: Desired) => `${path}: ${match}`,
  read: readEdit,
  parse: (answers, desired) => {
    const state = parseEdit(answers, desired)
    if (state instanceof Unavailable && answers.status.kind === 'absent') {
      return new Unavailable(state.reason, 'make it with an earlier task', state.needs)
    }
    if (state instanceof Unavailable || state.text === null) return state
    const { text } = replaced(state.text, desired)
    if (replaced(text, desired).text === text) return state
    return new Unavailable(
      `${desired.match} also matches what it is replaced by in ${desired.path}, so each run would change it again`,
      'Write a match that fits only what is still to be replaced, for example with (?!…).',
    )
  },
  writes: (desired: Desired) => writesEdit(desired),
  diff: (current, desired) => diffEdit('matches', current, replaced(current.text ?? '', desired), desired),
  apply: (changes, desired, current) => applyEdit(changes, current, desired),
})

function replaced(text: string, { match, replacement }: Pick<Desired, 'match' | 'replacement'>): Edit {
  const all = new RegExp(match.source, `${match.flags}g`)
  const found = new Set([...text.matchAll(all)].map(([whole]) => whole))
  return { text: text.replaceAll(all, replacement), from: [...found], to: replacement }
}
