/** Type-checks every example in the doc comments of source and roles, and in the guides, as a user would have typed it. */

import { existsSync, globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { modulesIn, readProjectFile } from '../architecture/modules.ts'
import { compile } from '../types/compile.ts'

/** An example, and where in the project its first line of code stands. */
interface Example {
  readonly path: string
  readonly line: number
  readonly code: string
}

const guides = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter((path) => existsSync(path)),
  ...globSync('{docs,roles/*}/*.md').sort(),
]

/** The fenced blocks of TypeScript in a text; `margin` is what stands before each line of it. */
function blocksIn(path: string, text: string, margin: RegExp): Example[] {
  const lines = text.split('\n').map((line) => line.replace(margin, ''))
  return lines.flatMap((line, index) => {
    if (line.trimEnd() !== '```ts') return []
    const end = lines.indexOf('```', index)
    return [{ path, line: index + 2, code: lines.slice(index + 1, end === -1 ? undefined : end).join('\n') }]
  })
}

const examples = [
  ...modulesIn('{src,roles}/**/*.ts').flatMap(({ path, text }) => blocksIn(path, text, /^\s*\* ?/)),
  ...guides.flatMap((path) => blocksIn(path, readProjectFile(path), /^/)),
].map((example) => ({ ...example, file: fileOf(example) }))

/** Where an example is compiled: `// roles/motd.ts` as its first line names a file that its neighbours can import. */
function fileOf({ path, line, code }: Example): string {
  const name = /^\/\/ (?<name>[\w./-]+\.ts)\n/.exec(code)?.groups?.name
  return `${path.replaceAll('.', '-')}/${name ?? `line-${line}.ts`}`
}

// The inventory in docs/stack.md is for the playbook of the checkout.
const playbooks = modulesIn('playbooks/*.ts').map(({ path, text }) => [`docs/stack-md/${path}`, text])

// A block without an import or export would be a script, whose names all the others would see.
const found = await compile({
  ...Object.fromEntries(playbooks),
  ...Object.fromEntries(examples.map(({ file, code }) => [file, `${code}\nexport {}\n`])),
})

describe('the reader of examples', () => {
  it('takes the code out of comments and guides', () => {
    const comment = ['/**', ' * @example', ' * ```ts', ' * if (a) {', ' *   b()', ' * }', ' * ```', ' */'].join('\n')
    expect(blocksIn('x.ts', comment, /^\s*\* ?/)).toEqual([{ path: 'x.ts', line: 4, code: 'if (a) {\n  b()\n}' }])
    const guide = ['Text', '```sh', 'ls', '```', '```ts', 'c()', '```'].join('\n')
    expect(blocksIn('x.md', guide, /^/)).toEqual([{ path: 'x.md', line: 6, code: 'c()' }])
  })
})

describe('examples', () => {
  it('are there to be checked', () => {
    expect(examples.length).toBeGreaterThan(5)
  })

  it('have a file each', () => {
    const files = examples.map(({ file }) => file)
    expect(files.filter((file, index) => files.indexOf(file) !== index)).toEqual([])
  })

  it.each(examples)('$path:$line compiles', ({ path, line, file }) => {
    const own = found.filter((item) => item.file === file)
    expect(own.map((item) => `${path}:${line + item.line - 1}: ${item.message}`)).toEqual([])
  })

  it('rest on source that compiles', () => {
    expect(found.filter((item) => !examples.some(({ file }) => file === item.file))).toEqual([])
  })

  it('are every @example there is', () => {
    const marked = modulesIn('{src,roles}/**/*.ts').flatMap(({ text }) => [...text.matchAll(/^\s*\* @example/gm)])
    expect(marked.length).toBe(examples.filter(({ path }) => !guides.includes(path)).length)
  })
})
