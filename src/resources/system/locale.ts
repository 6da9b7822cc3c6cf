/** Generated locales and the system default. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh } from '../../shell/command.ts'
import { type EditState, parseEdit, readEdit, sharedText, writeEdit, writesEdit } from '../edits/text-edit.ts'
import { toLines, toText } from '../edits/text-lines.ts'
import { type FileContent, fileContent } from '../files/file-content.query.ts'
import { textOf } from '../files/file-source.ts'
import { fileStatus } from '../files/file-status.query.ts'
import { locales, normalLocale } from './locales.query.ts'

const name = /^([A-Za-z]{2,}(_[A-Z]{2,})?|C)(\.[A-Za-z0-9-]+)?(@[a-z]+)?$/
const builtIn = ['C', 'POSIX', 'C.UTF-8']

const locale = z.string().superRefine((given, context) => {
  const [first = '', encoding, ...rest] = given.split(' ')
  if (!name.test(first) || rest.length > 0 || (encoding === undefined && !first.includes('.'))) {
    const message = `${JSON.stringify(given)} is no locale with its encoding, such as 'en_US.UTF-8' or 'sr_RS@latin UTF-8'`
    context.addIssue({ code: 'custom', message })
  }
})

const schema = z
  .strictObject({
    /** `en_US.UTF-8`; where the name does not hold the encoding, it comes after it: `sr_RS@latin UTF-8`. */
    generate: z.array(locale).default([]),
    /** `LANG` for all who say nothing else; generated too, unless it is `C.UTF-8`, which is always there. */
    default: z.union([z.enum(['C', 'POSIX']), locale]).optional(),
  })
  .refine(({ generate, default: own }) => generate.length > 0 || own !== undefined, 'Say generate, default or both')
  .transform(({ generate, default: own }) => {
    const names = [...new Set([...generate, ...(own === undefined ? [] : [own])])]
    const lines = names
      .filter((one) => !builtIn.includes(one))
      .map((one) => (one.includes(' ') ? one : `${one} ${one.replace(/^.*\.([^@]+).*$/, '$1')}`))
    return { generate: names, lines, default: own?.split(' ')[0] }
  })

type Desired = z.output<typeof schema>

interface State {
  readonly list: EditState
  /** Normal names. */
  readonly available: ReadonlySet<string>
  readonly default: string | null
}

const list = sharedText('/etc/locale.gen')
const settings = '/etc/default/locale'

/**
 * Locales of Debian and Ubuntu. Those that are there already are not generated again, and others are left. The host needs the
 * package `locales`.
 *
 * @example
 * ```ts
 * import { locale } from 'foobar-deploy'
 *
 * locale({ generate: ['de_DE.UTF-8'], default: 'en_US.UTF-8' })
 * ```
 */
const resource = defineResource({
  type: 'locale',
  schema,
  id: ({ generate }: Desired) => generate.join(' '),
  read: () => ({
    ...readEdit(list),
    settings: fileContent(settings),
    available: locales('all'),
    program: fileStatus({ path: '/usr/sbin/locale-gen' }),
  }),
  parse: ({ status, content, settings, available, program }): State | Unavailable => {
    if (program.kind === 'absent') {
      const hint = "Add apt({ packages: ['locales'] }) before this task."
      return new Unavailable('the host cannot generate locales', hint, ['path /usr/sbin/locale-gen'])
    }
    const text = parseEdit({ status, content }, list)
    return text instanceof Unavailable ? text : { list: text, available, default: languageOf(settings) }
  },
  writes: () => writesEdit(list),
  diff: ({ list: table, available, default: current }, { lines, default: own }: Desired): Change[] => {
    const before = table.text ?? ''
    const text = withLines(before, lines)
    const names = lines.map(nameOfLine)
    const there = names.filter((one) => available.has(normalLocale(one)))
    const added = lines.filter((line) => !toLines(before).lines.some((one) => one.trim() === line))
    return [
      ...(text === before ? [] : [{ key: 'list', from: null, to: added, text: { path: table.path, to: text } }]),
      ...(there.length === names.length ? [] : [{ key: 'generated', from: there, to: names }]),
      ...(own === undefined || own === current ? [] : [{ key: 'default', from: current, to: own }]),
    ]
  },
  *apply(changes, { lines, default: own }: Desired, { list: table }): Iterable<Action> {
    for (const { key, text } of changes) {
      if (key === 'list' && text) {
        yield supported(lines)
        yield* writeEdit(text.to, table, list)
      }
      if (key === 'generated') yield sh`locale-gen --keep-existing`
      if (key === 'default') yield sh`update-locale ${`LANG=${own}`}`
    }
  },
})

export { resource as locale }

/** Fails, naming them, where lines are not among those that the host could generate. */
function supported(lines: readonly string[]): Command {
  return sh`(
for line in ${lines}; do
  cat /usr/share/i18n/SUPPORTED /usr/local/share/i18n/SUPPORTED 2>/dev/null | grep -qxF -- "$line" && continue
  echo "the host knows no locale $line; nothing was written (all are in /usr/share/i18n/SUPPORTED)" >&2
  exit 1
done
)`
}

/** The text in which each of `lines` stands without the mark of a remark. */
function withLines(text: string, lines: readonly string[]): string {
  const parts = toLines(text)
  const edited = [...parts.lines]
  for (const line of lines) {
    if (edited.some((one) => one.trim() === line)) continue
    const at = edited.findIndex((one) => one.replace(/^#\s*/, '').trim() === line)
    edited.splice(at < 0 ? edited.length : at, at < 0 ? 0 : 1, line)
  }
  return edited.every((line, index) => line === parts.lines[index]) ? text : toText(edited, parts)
}

function languageOf(content: FileContent): string | null {
  const text = content.kind === 'file' ? textOf(content.bytes) : undefined
  const value = /^LANG=(.*)$/m.exec(text ?? '')?.[1]
  return value === undefined ? null : value.trim().replace(/^(["'])(.*)\1$/, '$2')
}

function nameOfLine(line: string): string {
  return line.split(' ')[0] ?? ''
}
