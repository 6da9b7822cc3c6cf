/** Tells a role’s variables in Markdown tables: types and defaults from the schema, meanings from its doc comments. */

import { z } from 'zod'

/** What of a JSON schema is told. */
export interface Schema {
  readonly title?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly required?: readonly string[]
  readonly default?: unknown
}

/**
 * A table for each object of `schema` that has a title, the whole first. `sources` are the texts in which the objects are
 * written, each as `z.strictObject({ … }).meta({ title: '…' })` with a doc comment for every member.
 */
export function variableTables(schema: z.ZodType, sources: readonly string[]): string {
  const comments = new Map(sources.flatMap(commentsIn))
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema
  return [...titledIn(json)].map((object) => tableOf(object, comments)).join('\n\n')
}

/** The doc comments of the members of each titled object, by `title.member`. */
function commentsIn(source: string): [string, string][] {
  const objects = source.matchAll(
    /strictObject\(\{\n(?<body>[\s\S]*?)\n {2}\}\)(?:(?!strictObject)[\s\S])*?\.meta\(\{ title: '(?<title>\w+)'/g,
  )
  return [...objects].flatMap(({ groups }) => {
    const members = (groups?.body ?? '').matchAll(
      /^ {4}\/\*\* (?<text>(?:(?!\*\/)[\s\S])*?) \*\/\n {4}(?<name>\w+)[:,]/gm,
    )
    return [...members].map((member): [string, string] => [
      `${groups?.title}.${member.groups?.name}`,
      (member.groups?.text ?? '').replaceAll(/\s*\n\s*\* ?/g, ' '),
    ])
  })
}

function titledIn(schema: Schema, found = new Map<string, Schema>()): Iterable<Schema> {
  if (schema.properties && schema.title && !found.has(schema.title)) found.set(schema.title, schema)
  const { anyOf = [], items, properties = {}, additionalProperties } = schema
  const inner = [...Object.values(properties), ...anyOf, ...(items ? [items] : [])]
  if (typeof additionalProperties === 'object') inner.push(additionalProperties)
  for (const one of inner) titledIn(one, found)
  return found.values()
}

function tableOf(
  { title = '', properties = {}, required = [] }: Schema,
  comments: ReadonlyMap<string, string>,
): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const comment = comments.get(`${title}.${name}`)
    if (comment === undefined) throw new Error(`${title}.${name} has no doc comment, or it was not found`)
    const initial = 'default' in schema ? code(literal(schema.default)) : required.includes(name) ? '**required**' : ''
    return `| \`${name}\` | ${typeOf(schema)} | ${initial} | ${comment.replaceAll('|', '\\|')} |`
  })
  return [`### ${title}`, '', '| variable | type | default | |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

export function typeOf(schema: Schema): string {
  const { title, type, anyOf, items, properties, additionalProperties } = schema
  if (properties && title) return `[${title}](#${title.toLowerCase()})`
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(' or ')
  if ('const' in schema) return code(literal(schema.const))
  if (schema.enum) return schema.enum.map((value) => code(literal(value))).join(' or ')
  if (items) return `list of ${typeOf(items)}`
  if (typeof additionalProperties === 'object') return `by name: ${typeOf(additionalProperties)}`
  if (properties) return `{ ${Object.keys(properties).join(', ')} }`
  if (title) return title
  return [type ?? 'any']
    .flat()
    .map((one) => (one === 'integer' ? 'number' : one))
    .join(' or ')
}

export function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  return JSON.stringify(value)
}

export function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}
