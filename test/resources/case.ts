/** Cases of resources as data: their schema, and the values JSON does not have. */

import { globSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Secret } from 'foobar-deploy'
import { z } from 'zod'

/** Text, or bytes that are no UTF-8. */
const bytes = z.union([z.string(), z.strictObject({ base64: z.base64() })])

const output = z.strictObject({ status: z.int().default(0), stdout: bytes.default(''), stderr: bytes.default('') })
/** By the name of a kind of queries: what its script printed for all operands, in the order in which they are asked. */
const outputs = z.record(z.string(), output)

const change = z.strictObject({
  key: z.string(),
  from: z.json(),
  to: z.json(),
  text: z.strictObject({ path: z.string(), to: z.string() }).optional(),
})

const given = {
  /** What the case shows, in a sentence. */
  about: z.string().min(10),
  /** What the user writes; see {@link revive}. */
  desired: z.record(z.string(), z.json()),
  /** The folder in which the task is written, from the case's own; by default that. */
  at: z.string().optional(),
}

const actionSchema = z.union([
  z.string(),
  z.strictObject({ script: z.string(), input: z.union([bytes, z.literal('********')]) }),
])

/** What an earlier task of a plan may provide so that it can be read. */
const needs = z.array(z.string()).optional()

const schemas = {
  changes: z.strictObject({
    ...given,
    read: outputs,
    current: z.json(),
    changes: z.array(change).min(1),
    /** A command's script, or script and input; `receive <path> <bytes>` for content that is sent. */
    commands: z.array(actionSchema).min(1),
    /** What is read afterwards; it must not differ from what is desired. */
    after: outputs,
  }),
  agrees: z.strictObject({ ...given, read: outputs, current: z.json(), changes: z.tuple([]) }),
  unavailable: z.strictObject({ ...given, read: outputs, unavailable: z.string(), hint: z.string().optional(), needs }),
  failure: z.strictObject({ ...given, read: outputs, failure: z.string(), needs }),
  problems: z.strictObject({ ...given, problems: z.array(z.string()).min(1) }),
}

/** A case; what it holds says what it is of. */
export type Case =
  | ({ readonly kind: 'changes' } & z.output<typeof schemas.changes>)
  | ({ readonly kind: 'agrees' } & z.output<typeof schemas.agrees>)
  | ({ readonly kind: 'unavailable' } & z.output<typeof schemas.unavailable>)
  | ({ readonly kind: 'failure' } & z.output<typeof schemas.failure>)
  | ({ readonly kind: 'problems' } & z.output<typeof schemas.problems>)

/** What a script left behind, as a case has it. */
export type CaseOutput = z.output<typeof output>

const folder = fileURLToPath(new URL('.', import.meta.url))

/** The folders of cases by type: `FAMILY/TYPE` beside this file. */
export function caseFolders(): Map<string, string> {
  const paths = globSync('*/*/*.json', { cwd: folder }).map((path) => path.split('/').slice(0, 2))
  return new Map(paths.map(([family = '', type = '']) => [type, `${folder}${family}/${type}`]))
}

/** The absolute paths of the cases of a type, by name. */
export function casesOf(type: string): [name: string, path: string][] {
  const path = caseFolders().get(type)
  if (path === undefined) return []
  return readdirSync(path)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [file.replace(/\.json$/, ''), `${path}/${file}`])
}

/** The case in a file. Throws for anything that is not of one of the forms. */
export function readCase(path: string): Case {
  const raw = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  const has = (key: string) => key in raw
  const kind = has('problems')
    ? 'problems'
    : has('unavailable')
      ? 'unavailable'
      : has('failure')
        ? 'failure'
        : Array.isArray(raw.changes) && raw.changes.length === 0
          ? 'agrees'
          : 'changes'
  return { kind, ...schemas[kind].parse(raw) } as Case
}

/** The bytes of what stands in a case. */
export function bytesOf(value: z.output<typeof bytes>): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64')
}

/** A value of a case with `{"$secret": ""}`, `{"$base64": ""}` and `{"$regExp": ["source", "flags"]}` made what they stand for. */
export function revive(value: z.core.util.JSONType): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value
  if (typeof value.$secret === 'string') return new Secret('case', value.$secret)
  if (typeof value.$base64 === 'string') return new Uint8Array(Buffer.from(value.$base64, 'base64'))
  if (Array.isArray(value.$regExp)) return new RegExp(String(value.$regExp[0]), String(value.$regExp[1] ?? ''))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revive(member)]))
}
