/** Keeps what the documents claim in step with the source: links, pictures, tests, exit codes, commands, options, tables. */

import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { resourcePage } from '../../scripts/resource-table.ts'
import { options, runOptions } from '../../src/cli/options.ts'
import { exitCodes } from '../../src/errors.ts'
import { neededPrograms } from '../../src/lab/require-environment.ts'
import { connectionSchema } from '../../src/model/host.ts'
import { labSuites } from '../../src/model/lab.ts'
import { supportedSystems } from '../../src/model/supported-systems.ts'
import { statuses } from '../../src/plan/status.ts'
import { jsonSchema } from '../../src/report/json-schema.ts'
import { allowedImports } from '../architecture/import-rules.ts'
import { readProjectFile } from '../architecture/modules.ts'

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...globSync('docs/*.md').sort()]
const read = (path: string) => readProjectFile(path)

/** The rows of the tables of a text, as cells; heads and rules are rows too. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

/** What stands in backticks, outside of blocks of code. */
const codes = (text: string) =>
  [...text.replaceAll(/^```.*?^```$/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)

/** The part of a document under a heading, up to the next of its level. */
function sectionOf(path: string, heading: string): string {
  const text = `\n${read(path)}`
  const start = text.indexOf(`\n${heading}\n`)
  expect(start, `${path} has ${heading}`).toBeGreaterThan(-1)
  const rest = text.slice(start + heading.length + 2)
  const end = rest.search(new RegExp(`^#{1,${heading.indexOf(' ')}} `, 'm'))
  return end < 0 ? rest : rest.slice(0, end)
}

/** A heading as the anchor of a link. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

const anchorsIn = (path: string) => [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

describe.each(documents)('%s', (path) => {
  const links = [...read(path).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target = '']) => target)

  it('links to what is there', () => {
    const broken = links.filter((target) => {
      const [file = '', anchor] = target.split('#')
      const whole = file === '' ? path : normalize(join(dirname(path), file))
      if (!existsSync(whole)) return true
      return anchor !== undefined && !anchorsIn(whole).includes(anchor)
    })
    expect(broken).toEqual([])
  })

  it('quotes tests by titles that they have', () => {
    const claims = [...read(path).matchAll(/\[(test\/[^\]]+)\]\([^)]*\): ((?:“[^”]+”(?:, )?)+)/g)]
    const wrong = claims.flatMap(([, file = '', titles = '']) =>
      [...titles.matchAll(/“([^”]+)”/g)]
        .filter(([, title = '']) => !read(file).includes(title))
        .map(([title]) => `${file}: ${title}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('README.md', () => {
  it('can be read in five minutes: 10 KB at most', () => {
    expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(10 * 1024)
  })

  it('leads to every page', () => {
    expect(globSync('docs/*.md').filter((path) => !read('README.md').includes(`](${path})`))).toEqual([])
  })
})

describe('the pages', () => {
  it('has promises that are shown by tests', () => {
    expect(sectionOf('docs/promises.md', '# Promises').match(/“/g)?.length).toBeGreaterThan(8)
  })

  it('tells the exit codes and their families', () => {
    const rows = rowsOf(sectionOf('docs/commands.md', '## Exit codes'))
    const told = rows.flatMap(([code = '', words = '']) => codes(words).map((family) => [family, Number(code)]))
    expect(Object.fromEntries(told)).toEqual(exitCodes)
    expect(read('src/cli/main.ts')).toContain('bugExitCode = 70')
    expect(rows.map(([code]) => code)).toContain('70')
  })

  it('tells every command, and no other', () => {
    const told = rowsOf(sectionOf('docs/commands.md', '## Commands')).flatMap(
      ([first = '']) => codes(first)[0]?.split(' ')[0] ?? [],
    )
    const files = globSync('src/cli/*/command.ts').map((file) => file.split('/')[2])
    expect(told.sort()).toEqual([...files, 'completion'].sort())
  })

  it('tells the supported systems', () => {
    const told = sectionOf('docs/supported-systems.md', '# Supported systems')
    expect(supportedSystems.map(({ name }) => name).filter((name) => !told.includes(name))).toEqual([])
  })

  it('explains every status', () => {
    const row = rowsOf(sectionOf('docs/glossary.md', '# Glossary')).find(([word]) => word === 'status')
    expect(codes(row?.[1] ?? '').sort()).toEqual([...statuses].sort())
  })
})

describe('CONTRIBUTING.md', () => {
  it('tells what each folder may import', () => {
    const named: Readonly<Record<string, string>> = {
      errors: 'errors.ts',
      'engine’s events': 'engine/events.ts',
      'transport’s interface': 'transport/transport.ts',
    }
    const rows = rowsOf(sectionOf('CONTRIBUTING.md', '## Folders, and what each may import')).flatMap(
      ([folder = '', , imports = '']) => {
        const name = /^`src\/(?<name>[\w.]+)\/?`$/.exec(folder)?.groups?.name
        const list = imports === 'nothing' ? [] : imports.split(', ').map((word) => named[word] ?? word)
        return name === undefined || name === 'cli' ? [] : [[name, list.sort()]]
      },
    )
    const { cli: _cli, 'index.ts': _index, 'mysql.ts': _mysql, ...rules } = allowedImports
    const expected = Object.entries(rules).map(([name, list]) => [name, [...list].sort()])
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected))
  })
})

describe('the commands of the lab', () => {
  const source = read('src/cli/lab/command.ts')
  const names = [...source.matchAll(/^ {2}command: '(?!lab')(\w+)/gm)].map(([, name = '']) => name).sort()
  const rows = [...rowsOf(read('docs/lab.md')), ...rowsOf(read('docs/commands.md'))].map(([first = '']) => codes(first))

  it('are all on their page', () => {
    const told = rows.flatMap(
      (words) => (words.length === 1 ? /^lab (\w+)/.exec(words[0] ?? '')?.[1] : undefined) ?? [],
    )
    expect(told.sort()).toEqual(names)
  })

  it('are all in the list of commands', () => {
    const told = rows.find(([first, second]) => first === 'lab up' && second !== undefined) ?? []
    expect(told.map((word) => word.replace('lab ', '')).sort()).toEqual(names)
  })
})

describe('docs/commands.md', () => {
  it('tells every option with the commands that take it', () => {
    const rows = rowsOf(sectionOf('docs/commands.md', '# Commands, output and errors'))
    const told = new Map(rows.map(([name = '', commands = '']) => [codes(name)[0]?.slice(2), codes(commands).sort()]))
    expect(Object.keys(options).filter((name) => !told.has(name))).toEqual([])
    const shared = runOptions.map((name) => `'${name}'`).join(', ')
    const takers = (name: string) =>
      globSync('src/cli/*/command.ts')
        .filter((file) =>
          new RegExp(`pickOptions\\([^)]*'${name}'`).test(read(file).replaceAll('...runOptions', shared)),
        )
        .map((file) => file.split('/')[2] ?? '')
        .sort()
    const checked = Object.keys(options).filter((name) => name !== 'output')
    expect(checked.map((name) => [name, told.get(name)])).toEqual(checked.map((name) => [name, takers(name)]))
  })

  it('tells the families of errors with their exit codes', () => {
    const rows = rowsOf(sectionOf('docs/commands.md', '## Errors')).filter(([first = '']) => first.startsWith('`'))
    expect(Object.fromEntries(rows.map(([family = '', code]) => [codes(family)[0], Number(code)]))).toEqual(exitCodes)
  })

  it('tells every type of JSON line', () => {
    const schema = jsonSchema() as { oneOf: { properties: { type: { const: string } } }[] }
    const types = schema.oneOf.map(({ properties }) => properties.type.const)
    const told = codes(sectionOf('docs/commands.md', '## Output'))
    expect(types.length).toBeGreaterThan(10)
    expect(types.filter((type) => !told.includes(type))).toEqual([])
  })
})

describe('docs/writing.md', () => {
  it('tells every setting of a connection', () => {
    const rows = rowsOf(sectionOf('docs/writing.md', '### How a host is reached'))
    const told = rows.flatMap(([first = '']) => codes(first)).sort()
    expect(told).toEqual(Object.keys(connectionSchema.shape).sort())
  })

  it('tells every option of a task', () => {
    const rows = rowsOf(sectionOf('docs/writing.md', '## Roles'))
    const declared =
      /export interface TaskOptions \{(?<body>.*?)\n\}/s.exec(read('src/model/task-tree.ts'))?.groups?.body ?? ''
    const names = [...declared.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(3)
    expect(rows.flatMap(([first = '']) => codes(first)).sort()).toEqual(names.sort())
  })
})

describe('docs/lab.md', () => {
  it('tells the suites and what a lab needs', () => {
    const told = codes(read('docs/lab.md'))
    const wanted = [...labSuites, ...Object.values(neededPrograms)]
    expect(wanted.filter((name) => !told.includes(name))).toEqual([])
  })
})

describe('docs/resources.md', () => {
  it('is in step with the resources: node scripts/resource-table.ts', () => {
    expect(resourcePage()).toBe(read('docs/resources.md'))
  })
})

describe('pictures', () => {
  const pictures = globSync('docs/pictures/*')

  it('are all shown', () => {
    const shown = documents.map(read).join('\n')
    expect(pictures.length).toBeGreaterThan(2)
    expect(pictures.filter((path) => !shown.includes(path.replace('docs/', '')))).toEqual([])
  })

  it.each(pictures)('%s is small, says what it shows and names no place on the machine it was made on', (path) => {
    expect(statSync(path).size).toBeLessThan(150_000)
    const text = readFileSync(path, 'utf8')
    expect(text).toMatch(/<title>.{10,}<\/title>/)
    expect(text).not.toMatch(/\/(work|tmp|home|root)\//)
  })
})
