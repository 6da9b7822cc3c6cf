/** The resource `iniFile`: one key of an INI file that something else owns. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Secret } from '../../shell/secret.ts'
import { setAttributes } from '../files/file-attributes.ts'
import { checkValidate } from '../files/file-options.ts'
import { editIni } from './ini-text.ts'
import {
  diffEdit,
  type Edit,
  type EditState,
  parseEdit,
  readEdit,
  textOptions,
  writeEdit,
  writesEdit,
} from './text-edit.ts'

type Value = string | number | boolean | null | Secret

const value = z
  .union([z.string(), z.number(), z.boolean(), z.null(), z.instanceof(Secret<string>)])
  .refine((given) => !/[\n\0]/.test(known(given)), 'must be one line')
  .refine((given) => known(given).trim() === known(given), 'must not begin or end with blanks: put it in quotes')

const schema = z
  .strictObject({
    ...textOptions,
    /** Without brackets; by default what stands before the first section. */
    section: z
      .string()
      .regex(/^[^\]\n\0]+$/, 'must be a name without brackets')
      .optional(),
    /** With `state: 'absent'` you can omit it: then the whole section is removed. */
    key: z
      .string()
      .regex(/^[^\s=;#[][^=\n\0]*$/, 'must be the name of a key')
      .optional(),
    /** Text, a number, true or false; null for a key that stands alone (`skip-name-resolve`). */
    value: value.optional(),
  })
  .superRefine((given, context) => {
    checkValidate(given, context)
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (given.state === 'absent') {
      if (given.value !== undefined) refuse('value', "means nothing with state: 'absent'")
      if (given.key === undefined && given.section === undefined)
        refuse('key', 'is missing, and section too: what is to be removed?')
      return
    }
    if (given.key === undefined) refuse('key', 'is missing')
    if (given.value === undefined) refuse('value', 'is missing; null is for a key that stands alone')
  })

type Desired = z.output<typeof schema>

/**
 * A key in an INI file (`my.cnf`, `php.ini`, `.gitconfig`). Comments, order and blanks stay as they are; a new key comes after
 * the others of its section and is written as they are. Where a key is there several times, the last is kept. A value that is a
 * {@link Secret} is never shown.
 *
 * @example
 * ```ts
 * import { iniFile } from 'foobar-deploy'
 *
 * iniFile({ path: '/etc/mysql/my.cnf', section: 'mysqld', key: 'max_connections', value: 200 })
 * iniFile({ path: '/etc/php/8.4/fpm/php.ini', section: 'PHP', key: 'expose_php', value: 'Off' })
 * iniFile({ path: '/etc/mysql/my.cnf', section: 'mysqld', key: 'skip-name-resolve', state: 'absent' })
 * ```
 */
export const iniFile = defineResource({
  type: 'iniFile',
  schema,
  id: ({ path, section, key }: Desired) => `${path}: ${nameOf({ section, key })}`,
  read: (desired: Desired) => readEdit(desired),
  parse: parseEdit,
  writes: writesEdit,
  diff: (current, desired: Desired): Change[] => {
    const changes = diffEdit(nameOf(desired), current, edit(current, desired), desired)
    if (!(desired.value instanceof Secret)) return changes
    return changes.map((change) =>
      change.text ? { key: change.key, from: change.from === null ? null : 'secret', to: 'secret' } : change,
    )
  },
  *apply(changes, desired: Desired, current): Iterable<Action> {
    const { text } = edit(current, desired)
    if (text === (current.text ?? '') && current.text !== null) {
      yield* setAttributes(current.path, changes, desired)
      return
    }
    const isNewSecret = desired.value instanceof Secret && !current.current
    yield* writeEdit(text, current, { ...desired, mode: desired.mode ?? (isNewSecret ? '0600' : undefined) })
  },
})

function edit({ text }: EditState, { section, key, value, state }: Desired): Edit {
  return editIni(text ?? '', { section, key, value: state === 'absent' ? undefined : textOf(value ?? null) })
}

function nameOf({ section, key }: Pick<Desired, 'section' | 'key'>): string {
  return [section === undefined ? undefined : `[${section}]`, key].filter((part) => part !== undefined).join(' ')
}

/** What can be judged before any host is asked. */
function known(given: Value): string {
  return given instanceof Secret && !given.hasValue ? '' : (textOf(given) ?? '')
}

function textOf(given: Value): string | null {
  if (given === null) return null
  return given instanceof Secret ? given.reveal() : String(given)
}
