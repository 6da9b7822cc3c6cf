/** What `lineInFile` and `blockInFile` share: a text is read, edited here, and written back if nobody else changed it. */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Action } from '../../plan/action.ts'
import type { Change, Value } from '../../plan/change.ts'
import type { PathUse } from '../../plan/path-use.ts'
import { pathAndAbove } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import {
  type Attributes,
  absolutePath,
  attributes,
  compareAttributes,
  setAttributes,
} from '../files/file-attributes.ts'
import { type FileContent, fileContent } from '../files/file-content.query.ts'
import { checkValidate, fileOptions } from '../files/file-options.ts'
import { textOf } from '../files/file-source.ts'
import { type FileStatus, fileStatus, type PresentFile } from '../files/file-status.query.ts'
import { placeOf } from '../files/place.ts'
import { writeFile } from '../files/write-file.ts'
import { checkInsertion, type Insertion, insertion } from './text-lines.ts'

/** The part of a schema that all edits share. A link at `path` is followed. */
export const textOptions = {
  path: absolutePath,
  state: z.enum(['present', 'absent']).default('present'),
  /** Whether a missing file is created. */
  create: z.boolean().default(false),
  ...attributes,
  validate: fileOptions.validate,
  backup: fileOptions.backup,
  inPlace: fileOptions.inPlace,
}

/** The part of a schema that edits of lines share. */
export const editOptions = { ...textOptions, ...insertion }

/** What is desired of an edited file, beside the edit. */
export interface DesiredEdit extends Attributes, Insertion {
  readonly path: string
  readonly state: 'present' | 'absent'
  readonly create: boolean
  readonly validate?: string | undefined
  readonly backup: boolean
  readonly inPlace?: boolean | undefined
}

/** The text that is there; null where there is no file. */
export interface EditState {
  /** With links followed. */
  readonly path: string
  readonly current?: PresentFile
  readonly text: string | null
}

/** A text after an edit, and what of it was replaced by what. */
export interface Edit {
  readonly text: string
  readonly from: Value
  readonly to: Value
}

/** What the schemas of both refuse. */
export function checkEdit(given: DesiredEdit, context: z.RefinementCtx): void {
  checkInsertion(given, context)
  checkValidate(given, context)
}

/** What to ask about a text. */
export function readEdit({ path }: DesiredEdit) {
  return { status: fileStatus({ path, follow: true }), content: fileContent(path) }
}

/** The path as an edit writes to it. */
export function writesEdit({ path, owner, group }: Attributes & Pick<DesiredEdit, 'path'>): PathUse[] {
  return [{ path, follow: true, owner, group }]
}

/** The text, or why it cannot be had. */
export function parseEdit(
  { status, content }: { status: FileStatus; content: FileContent },
  { path: given, state, create }: DesiredEdit,
): EditState | Unavailable {
  if (state === 'absent' && status.kind === 'absent') return { path: given, text: null }
  const place = placeOf(given, status, true)
  if (place instanceof Unavailable) return place
  const { path, current } = place
  if (content.kind === 'refused')
    return new Unavailable(`${path} cannot be edited: ${content.reason}`, undefined, pathAndAbove(path))
  if ((content.kind === 'file') !== (current !== undefined)) {
    return new Unavailable(`${path} changed while it was being read`, 'run again')
  }
  if (!current || content.kind === 'absent') {
    if (create || state === 'absent') return { path, text: null }
    return new Unavailable(`${path} does not exist`, 'write create: true to make it', [`path ${path}`])
  }
  const text = textOf(content.bytes)
  if (text !== undefined) return { path, current, text }
  return new Unavailable(`${path} cannot be edited: it is no UTF-8 text`, undefined, [`path ${path}`])
}

/** In what the text differs after the edit, and the file in its attributes. */
export function diffEdit(key: string, state: EditState, { text, from, to }: Edit, desired: DesiredEdit): Change[] {
  const { path, current } = state
  if (desired.state === 'absent' && state.text === null) return []
  const isSame = text === state.text
  return [...(isSame ? [] : [{ key, from, to, text: { path, to: text } }]), ...compareAttributes(current, desired)]
}

/** Writes the edited text back, or sets the attributes alone. */
export function* applyEdit(changes: readonly Change[], state: EditState, desired: DesiredEdit): Iterable<Action> {
  const edited = changes.find(({ text }) => text)?.text
  if (edited === undefined) yield* setAttributes(state.path, changes, desired)
  else yield* writeEdit(edited.to, state, desired)
}

/** Writes `text` in place of the one that was read, if that is still there. */
export function* writeEdit(
  text: string,
  { path, current, text: before }: EditState,
  { owner, group, mode, validate, backup, inPlace }: Attributes & Pick<DesiredEdit, 'validate' | 'backup' | 'inPlace'>,
): Iterable<Action> {
  const expected = before === null ? null : createHash('sha256').update(before).digest('hex')
  yield* writeFile({ path, content: text, owner, group, mode, validate, backup, inPlace, current, expected })
}

/** A text of the host's that is edited as a whole: made if it is not there, its owner and mode as they are. */
export function sharedText(path: string, validate?: string): DesiredEdit {
  return { path, state: 'present', create: true, backup: false, validate }
}
