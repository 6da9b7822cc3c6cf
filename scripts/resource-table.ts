/** `node scripts/resource-table.ts`: writes the tables of docs/resources.md, from the resources, their options and cases. */

import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { resources } from '../src/resources/index.ts'
import { optionRows } from './resource-options.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'docs', 'resources.md')

/** The page with its tables as they should be. */
export function resourcePage(text = readFileSync(page, 'utf8')): string {
  return filled(filled(text, 'resources', resourceTables()), 'options', optionTables())
}

function filled(text: string, part: string, tables: string): string {
  const mark = `<!-- begin: node scripts/resource-table.ts, ${part} -->`
  const begin = text.indexOf(mark)
  const end = text.indexOf('<!-- end -->', begin)
  if (begin < 0 || end < 0) throw new Error(`docs/resources.md needs ${mark} and <!-- end -->`)
  return `${text.slice(0, begin + mark.length)}\n\n${tables}\n\n${text.slice(end)}`
}

function optionTables(): string {
  const tables = Object.keys(resources)
    .sort()
    .map((type) => `### ${type}\n\n${table(['option', 'type', 'default', 'meaning'], optionRows(type, fileOf(type)))}`)
  return tables.join('\n\n')
}

/** One row a resource, in the order of the alphabet, and one a query. */
export function resourceTables(): string {
  const types = Object.keys(resources).sort()
  const kinds = [...new Set(types.flatMap(kindsOf))].sort()
  return [
    table(
      ['resource', 'purpose', 'identified by', 'reads'],
      types.map((type) => [`\`${type}\``, lineOf(type), identityOf(type), kindsOf(type).map(code).join(', ')]),
    ),
    '',
    'What each resource supports. A plan always consists of reads and one comparison.',
    '',
    table(
      ['resource', 'in a plan', 'diff shows', 'can be removed', 'tested on a real host by'],
      types.map((type) => [code(type), planOf(type), diffOf(type), removalOf(type), trialOf(type)]),
    ),
    '',
    'The reads in the last column of the first table:',
    '',
    table(
      ['read', 'what it asks the host'],
      kinds.map((kind) => [code(kind), queryLineOf(kind)]),
    ),
  ].join('\n')
}

/** The sentence that the file of a resource opens with. */
function lineOf(type: string): string {
  const line = openingOf(fileOf(type)).replace(/^The resource `\w+`: /, '')
  return `${line.slice(0, 1).toUpperCase()}${line.slice(1)}`
}

/** The file of a resource; families of one program leave its name out of their files' names. */
function fileOf(type: string): string {
  const names = [kebab(type), kebab(type).replace(/^(mysql|haproxy)-/, '')]
  const found = names.flatMap((name) => globSync(join('src', 'resources', '*', `${name}.ts`), { cwd: root }))
  const own = found.find((path) => readFileSync(join(root, path), 'utf8').includes(`  type: '${type}',\n`))
  if (!own) throw new Error(`no file of src/resources/ defines ${type}`)
  return own
}

/** The variables that a task's title is made of, as the resource's `id` takes them. */
function identityOf(type: string): string {
  const id = String(resources[type]?.id)
  const taken = /^\(\{\s*(?<names>[\w, ]+?)\s*\}\s*\)/.exec(id)?.groups?.names?.split(/, ?/)
  // waitFor is called after whatever it waits for.
  const names =
    taken ?? ['port', 'http', 'path'].filter((name) => id.includes(`'${name}' in`) || id.includes(`.${name}`))
  if (names.length === 0) throw new Error(`what identifies ${type} cannot be told from ${id}`)
  return names.map(code).join(taken ? ', ' : ' or ')
}

/** The kinds of queries that the cases of a resource answer. */
function kindsOf(type: string): string[] {
  const cases = globSync(join(root, 'test', 'resources', '*', type, '*.json')).map((path) => readFileSync(path, 'utf8'))
  return [...new Set(cases.flatMap((text) => Object.keys((JSON.parse(text) as { read?: object }).read ?? {})))].sort()
}

interface Case {
  readonly desired?: unknown
  readonly changes?: readonly { readonly text?: unknown }[]
}

function casesOf(type: string): Case[] {
  const paths = globSync(join(root, 'test', 'resources', '*', type, '*.json'))
  return paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Case)
}

/** A resource without reads and comparison is not one. */
function planOf(type: string): string {
  const resource = resources[type]
  if (typeof resource?.read !== 'function' || typeof resource.diff !== 'function')
    throw new Error(`${type} has no plan`)
  return 'yes'
}

/** Whether a case tells of a text line by line, or of values alone. */
function diffOf(type: string): string {
  const hasText = casesOf(type).some(({ changes = [] }) => changes.some(({ text }) => text !== undefined))
  return hasText ? 'values and lines' : 'values'
}

/** Whether a case desires that the thing be gone. */
function removalOf(type: string): string {
  const desired = casesOf(type).map((one) => JSON.stringify(one.desired ?? {}))
  return desired.some((text) => /"(absent|unmounted|removes)"|"exclusive"/.test(text)) ? 'yes' : 'no'
}

/** The test that applies it twice. */
function trialOf(type: string): string {
  const shared = globSync(join(root, 'test', 'resources', 'on-hosts*.ts')).sort()
  const files = [...shared, ...globSync(join(root, 'test', 'resources', '**', '*.lab.test.ts')).sort()]
  const file = files.find((path) => new RegExp(`\\b${type}\\(`).test(readFileSync(path, 'utf8')))
  if (!file) throw new Error(`no test applies ${type} to a real host`)
  return `[${basename(file)}](../${relative(root, file)})`
}

function queryLineOf(kind: string): string {
  const own = globSync(join(root, 'src', 'resources', '*', '*.query.ts')).find((path) =>
    readFileSync(path, 'utf8').includes(`  name: '${kind}',\n`),
  )
  if (!own) throw new Error(`no query of src/resources/ is called ${kind}`)
  return openingOf(relative(root, own))
}

function openingOf(path: string): string {
  const text = /^\/\*\* (?<sentence>.+?) \*\/$/m.exec(readFileSync(join(root, path), 'utf8'))?.groups?.sentence
  if (text === undefined) throw new Error(`${path} does not open with a sentence on one line`)
  return text
}

/** Columns are padded as the formatter pads them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(cellOf))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[], filler = ' ') =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width, filler)).join(' | ')} |`
  const [first = [], ...others] = cells
  return [line(first), line([], '-'), ...others.map((row) => line(row))].join('\n')
}

function cellOf(text: string): string {
  return text.replaceAll('|', '\\|')
}

function code(text: string): string {
  return `\`${text}\``
}

function kebab(type: string): string {
  return type.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, resourcePage())
