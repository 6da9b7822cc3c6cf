/** What is said of a member that a schema does not know: the one that was meant, or those there are. */

import type { z } from 'zod'
import { nearest } from './nearest.ts'

type Definition = {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
  readonly innerType?: z.core.$ZodType
  readonly valueType?: z.core.$ZodType
  readonly element?: z.core.$ZodType
  readonly in?: z.core.$ZodType
}

/** Words of Ansible and of earlier versions, and what they are called here. */
const otherWords: Readonly<Record<string, readonly string[]>> = {
  attempts: ['reconnect'],
  days: ['validDays'],
  dest: ['path'],
  exactGroups: ['exclusiveGroups'],
  force: ['overwrite', 'replace', 'recursive', 'discardChanges'],
  okStatuses: ['status'],
  repo: ['repository'],
  retrySeconds: ['reconnect'],
  root: ['path'],
  sha256: ['from'],
  source: ['device'],
  src: ['from'],
  url: ['from'],
  variables: ['environment'],
}

/** The message for `key`, which is none of the object's at `path` inside what `schema` describes. */
export function unknownKey(schema: z.core.$ZodType | undefined, path: readonly PropertyKey[], key: string): string {
  const known = membersAt(schema, path)
  const meant = sameTime(key, known) ?? otherWords[key]?.find((word) => known.includes(word)) ?? nearest(key, known)
  if (meant !== undefined) return `is not known here; did you mean ${meant}?`
  return known.length > 0
    ? `is not known here; there are ${known.join(', ')}`
    : 'is not known here; there are no members'
}

const unit = /(Ms|Seconds|Minutes|Hours|Days)$/

/** The same time in another unit. */
function sameTime(key: string, known: readonly string[]): string | undefined {
  const time = key.replace(unit, '')
  return time === key ? undefined : known.find((name) => name !== time && name.replace(unit, '') === time)
}

function membersAt(schema: z.core.$ZodType | undefined, path: readonly PropertyKey[]): string[] {
  const found = path.reduce<z.core.$ZodType | undefined>((inside, part) => memberOf(bare(inside), part), schema)
  return Object.keys(bare(found)?.shape ?? {})
}

function memberOf(definition: Definition | undefined, part: PropertyKey): z.core.$ZodType | undefined {
  return definition?.shape?.[String(part)] ?? definition?.valueType ?? definition?.element
}

/** Without what wraps it: optional, default, transform. */
function bare(schema: z.core.$ZodType | undefined): Definition | undefined {
  const definition = schema?._zod.def as Definition | undefined
  const inner = definition?.innerType ?? definition?.in
  return inner ? bare(inner) : definition
}
