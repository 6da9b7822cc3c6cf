/** The resource `jsonFile`: values in a JSON file that something else owns. */

import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change, Value } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { compareAttributes, setAttributes } from '../files/file-attributes.ts'
import { checkValidate } from '../files/file-options.ts'
import { type GivenJson, hasSecret, isJson, isObject, revealed } from './given-json.ts'
import { findJson, indentOf, type Json, NoSuchItem, parseJsonText, removeJson, setJson } from './json-text.ts'
import { type EditState, parseEdit, readEdit, textOptions, writeEdit, writesEdit } from './text-edit.ts'

const given = z.custom<GivenJson>(isJson, 'must be JSON: text, numbers, true, false, null, lists and objects of them')
const path = z.union([z.string().min(1), z.array(z.string()).min(1)])

const schema = z
  .strictObject({
    path: textOptions.path,
    /** An object that becomes part of the file's: objects are merged, everything else is replaced. */
    merge: z
      .custom<Readonly<Record<string, GivenJson>>>((value) => isObject(value) && isJson(value), 'must be an object')
      .optional(),
    /** By path, a value as a whole: `{ 'log.level': 'warn', 'servers.0.port': 80 }`. A dot in a key is written `\.`. */
    set: z.record(z.string().min(1), given).optional(),
    /** Paths of what must not exist: `['log.file']`. */
    remove: z.array(path).min(1).optional(),
    /** Whether a file that is not there is made. */
    create: textOptions.create,
    /** Blanks for each level of what is added; by default as in the file, else 2. */
    indent: z.int().min(1).max(10).optional(),
    owner: textOptions.owner,
    group: textOptions.group,
    mode: textOptions.mode,
    validate: textOptions.validate,
    backup: textOptions.backup,
    inPlace: textOptions.inPlace,
  })
  .superRefine((all, context) => {
    checkValidate(all, context)
    if (all.merge ?? all.set ?? all.remove) return
    context.addIssue({ code: 'custom', message: 'Say what is to be in the file: merge, set or remove' })
  })
  .transform((all) => ({ ...all, state: 'present' as const }))

type Desired = z.output<typeof schema>

/** One value that is to be at a path, or nothing. */
interface Wish {
  readonly path: readonly string[]
  readonly value: GivenJson | undefined
  /** Any object will do. */
  readonly isOpen?: boolean
}

/**
 * Values in a JSON file. What is not spoken of stays as it is, to the last blank: order, indentation, and numbers too large
 * for JavaScript. The file is judged and replaced as by `file`, and not at all if somebody else changed it meanwhile. Comments
 * are no JSON; a file that has them is an error.
 *
 * @example
 * ```ts
 * import { jsonFile } from 'foobar-deploy'
 *
 * jsonFile({ path: '/etc/docker/daemon.json', create: true, merge: { 'log-driver': 'journald', 'log-opts': { tag: 'app' } } })
 * jsonFile({ path: '/srv/app/config.json', set: { 'log.level': 'warn' }, remove: ['log.file'] })
 * ```
 */
export const jsonFile = defineResource({
  type: 'jsonFile',
  schema,
  id: ({ path }: Desired) => path,
  read: (desired: Desired) => readEdit(desired),
  parse: (answers, desired: Desired): EditState | Unavailable => {
    const state = parseEdit(answers, desired)
    if (state instanceof Unavailable) return state
    const { text, path } = state
    try {
      JSON.parse(text === null || text.trim() === '' ? '{}' : text)
    } catch (thrown) {
      return new Unavailable(`${path} is no JSON: ${(thrown as Error).message}`, 'Fix it by hand.', [`path ${path}`])
    }
    const edited = editJson(state, desired)
    if (typeof edited === 'string') return state
    return new Unavailable(
      `${path} has no item ${edited.path.join('.')}`,
      'Items of a list are replaced, not added: set the list as a whole.',
      [`path ${path}`],
    )
  },
  writes: writesEdit,
  diff,
  *apply(changes, desired: Desired, state): Iterable<Action> {
    const text = editJson(state, desired)
    if (typeof text !== 'string' || text === state.text) {
      yield* setAttributes(state.path, changes, desired)
      return
    }
    const mode =
      desired.mode ?? (!state.current && wishesOf(desired).some(({ value }) => hasSecret(value)) ? '0600' : undefined)
    yield* writeEdit(text, state, { ...desired, mode })
  },
})

function diff(state: EditState, desired: Desired): Change[] {
  const before = textOf(state)
  const root = parseJsonText(before)
  const wishes = wishesOf(desired)
  const isSecret = wishes.some(({ value }) => hasSecret(value))
  const text = editJson(state, desired)
  const changes = wishes.flatMap(({ path, value, isOpen }): Change[] => {
    const node = findJson(root, path)
    const current = node && (JSON.parse(before.slice(node.start, node.end)) as Json)
    const to = value === undefined ? undefined : revealed(value)
    const isHeld = isOpen ? node?.kind === 'object' : isDeepStrictEqual(current, to)
    if (isHeld) return []
    // What it was is not told: it may be a secret that nobody knows any more.
    if (to === undefined) return [{ key: path.join('.'), from: 'present', to: null }]
    const isHidden = hasSecret(value)
    const shown = (one: Json | undefined): Value => (one === undefined ? null : isHidden ? 'secret' : brief(one))
    return [{ key: path.join('.'), from: shown(current), to: shown(to) }]
  })
  const [first, ...rest] = changes
  const withText =
    first && !isSecret && typeof text === 'string' ? { ...first, text: { path: state.path, to: text } } : first
  return [...(withText ? [withText] : []), ...rest, ...compareAttributes(state.current, desired)]
}

/** The text as it is to be. */
function editJson(state: EditState, desired: Desired): string | NoSuchItem {
  const before = textOf(state)
  const unit = desired.indent === undefined ? (indentOf(before) ?? '  ') : ' '.repeat(desired.indent)
  let text = before
  for (const { path, value, isOpen } of wishesOf(desired)) {
    const node = findJson(parseJsonText(text), path)
    const current = node && (JSON.parse(text.slice(node.start, node.end)) as Json)
    if (value === undefined) text = removeJson(text, path)
    else if (isOpen ? node?.kind !== 'object' : !isDeepStrictEqual(current, revealed(value))) {
      const edited = setJson(text, path, revealed(value), unit)
      if (edited instanceof NoSuchItem) return edited
      text = edited
    }
  }
  return text
}

function textOf({ text }: EditState): string {
  return text === null || text.trim() === '' ? '{}\n' : text
}

function wishesOf({ merge = {}, set = {}, remove = [] }: Desired): Wish[] {
  return [
    ...leaves([], merge),
    ...Object.entries(set).map(([path, value]) => ({ path: splitPath(path), value })),
    ...remove.map((path) => ({ path: typeof path === 'string' ? splitPath(path) : path, value: undefined })),
  ]
}

function leaves(path: readonly string[], value: GivenJson): Wish[] {
  if (!isObject(value)) return [{ path, value }]
  const entries = Object.entries(value)
  if (entries.length === 0) return path.length === 0 ? [] : [{ path, value, isOpen: true }]
  return entries.flatMap(([key, member]) => leaves([...path, key], member))
}

function splitPath(path: string): string[] {
  return path.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'))
}

function brief(value: Json): Value {
  return typeof value === 'object' ? JSON.stringify(value) : value
}
