/** Tells the options of every resource in tables: types and defaults from its schema, meanings from doc comments. */

import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { resources } from '../src/resources/index.ts'
import { Secret } from '../src/shell/secret.ts'
import { code, literal, type Schema, typeOf } from './role-variables.ts'

interface Option {
  /** With the names of the options that it is part of: `reconnect.attempts`. */
  readonly name: string
  readonly schema: Schema
  readonly isRequired: boolean
}

/** What an option means where its resource says nothing else. */
const usual: Readonly<Record<string, string>> = {
  path: 'Its place on the host.',
  state: 'Whether it must be there or must not.',
}

/** A row for each option of the resource that `file` defines: name, type, default, meaning. */
export function optionRows(type: string, file: string): string[][] {
  const comments = commentsFor(file)
  return optionsIn(schemaOf(type)).map(({ name, schema, isRequired }) => {
    const comment = comments.get(lastName(name))
    if (comment === undefined) throw new Error(`${type}: the option ${name} has no doc comment, or it was not found`)
    const meaning = 'default' in schema ? comment.replace(/; default [^.;]+(?=\.)/, '') : comment
    const initial = 'default' in schema ? defaultOf(schema.default) : isRequired ? '**required**' : ''
    return [code(name), typeOf(schema).replaceAll('\\|', '|'), initial, meaning]
  })
}

/** The names of the options of a resource, with those that they are part of: `reconnect.attempts`. */
export function optionNames(type: string): string[] {
  return optionsIn(schemaOf(type)).map(({ name }) => name)
}

function schemaOf(type: string): Schema {
  const schema = resources[type]?.schema as z.ZodType
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'custom') jsonSchema.title = kindsOf(zodSchema).join(' or ')
    },
  }) as Schema
}

class UnknownSecret extends Secret {
  override get hasValue(): boolean {
    return false
  }
}

const samples: Readonly<Record<string, unknown>> = {
  string: 'x',
  bytes: new Uint8Array(),
  secret: new UnknownSecret('x', 'x'),
  command: { kind: 'command', script: '' },
  RegExp: /x/,
}

/** What a schema takes that JSON has no words for. */
function kindsOf(schema: z.core.$ZodType): string[] {
  const takes = (value: unknown) => z.safeParse(schema, value).success
  return takes({}) ? ['object'] : Object.keys(samples).filter((kind) => takes(samples[kind]))
}

/** The options of an object, or of each of several; those in objects too, but for names that systemd gives. */
function optionsIn(schema: Schema, prefix = ''): Option[] {
  const { anyOf = [], items, properties = {}, required = [] } = schema
  const own = Object.entries(properties).flatMap(([name, inner]): Option[] => [
    { name: prefix + name, schema: inner, isRequired: required.includes(name) },
    ...optionsIn(inner, `${prefix}${name}.`),
  ])
  const isOneOfSeveral = anyOf.filter(({ properties }) => properties).length > 1
  const others = [...anyOf, ...(items ? [items] : [])].flatMap((one) => optionsIn(one, prefix))
  const alternatives = isOneOfSeveral ? others.map((option) => ({ ...option, isRequired: false })) : others
  const all = [...own, ...alternatives].filter(({ name }) => !/^[A-Z]/.test(lastName(name)))
  return all.filter(
    ({ name }, index) =>
      all.findIndex((other) => other.name === name) === index &&
      // Two meanings of one name would need two comments.
      !all.some((other) => name !== other.name && lastName(name) === other.name),
  )
}

function lastName(name: string): string {
  return name.replace(/^.*\./, '')
}

function defaultOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return code(literal(value))
  const members = Object.entries(value).map(([name, member]) => `${name}: ${literal(member)}`)
  return members.length === 0 ? '' : code(`{ ${members.join(', ')} }`)
}

const root = join(import.meta.dirname, '..')

/** The doc comments of options by name: those of the resource's own files, what is usual, and those that it shares. */
function commentsFor(file: string): Map<string, string> {
  const shared = [...schemaFilesOf(file)]
  const isOwn = (path: string) =>
    path === file || (dirname(path) === dirname(file) && basename(path).includes('-schema'))
  const [own, others] = [shared.filter(isOwn), shared.filter((path) => !isOwn(path))]
  return new Map([...commentsIn(others.reverse()), ...Object.entries(usual), ...commentsIn(own.reverse())])
}

/** The file, and what it imports from src/resources/ that may hold parts of a schema. */
function schemaFilesOf(file: string, found = new Set<string>()): Set<string> {
  const text = read(file)
  if (found.has(file) || (found.size > 0 && !text.includes("from 'zod'"))) return found
  found.add(file)
  for (const [, path = ''] of text.matchAll(/ from '(\.{1,2}\/[^']+)'/g)) {
    const target = join(dirname(file), path)
    if (target.startsWith('src/resources/')) schemaFilesOf(target, found)
  }
  return found
}

function commentsIn(files: readonly string[]): [string, string][] {
  return files.flatMap((file) => {
    const members = read(file).matchAll(
      /\/\*\*(?<text>(?:(?!\*\/)[\s\S])*?)\*\/\n\s*(?:readonly )?(?<name>\w+)\??[:,]/g,
    )
    // The first of a name counts.
    return [...members].reverse().map(({ groups }): [string, string] => [groups?.name ?? '', plain(groups?.text ?? '')])
  })
}

function plain(comment: string): string {
  return comment
    .replaceAll(/\s*\n\s*\* ?/g, ' ')
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .trim()
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
