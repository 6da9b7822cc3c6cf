/** Guards how files are named, how they open, how long they are, and what they may not touch. */

import { describe, expect, it } from 'vitest'
import { modulesIn, readProjectFile, withoutComments } from './modules.ts'

const source = modulesIn('src/**/*.ts')
const written = modulesIn('{roles,playbooks,inventory}/**/*.ts')
const tests = modulesIn('test/**/*.ts')
const tools = modulesIn('{scripts,bench}/**/*.ts')
const all = [...source, ...written, ...tests, ...tools]

const paths = (modules: readonly { path: string }[]) => modules.map(({ path }) => path)

/** `path:line: text` for each line of code that matches. */
function linesMatching(modules: readonly { path: string; text: string }[], pattern: RegExp): string[] {
  return modules.flatMap(({ path, text }) =>
    withoutComments(text)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}

describe('files', () => {
  it('are there to be guarded', () => {
    expect(source.length).toBeGreaterThan(20)
    expect(tests.length).toBeGreaterThan(5)
  })

  it('open with a sentence that says what they are for', () => {
    const opening = /^\/\*\*\s[\s\S]*?[.:]\s*(\n \*[\s\S]*?)?\*\/\n/
    expect(paths(all.filter(({ text }) => !opening.test(text)))).toEqual([])
  })

  it('have kebab-case names', () => {
    const name = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.example|\.query)?(\.lab)?(\.test|\.test-d)?\.ts$/
    expect(paths(all.filter(({ path }) => !name.test(path)))).toEqual([])
  })

  it('have names that mean something', () => {
    const empty = /\b(managers?|helpers?|utils?|common|misc|steps?|jobs?)\b/
    expect(paths(all.filter(({ path }) => empty.test(path)))).toEqual([])
  })

  it('hold one notion each: 400 lines at most', () => {
    const long = [...source, ...written].filter(({ text }) => text.split('\n').length > 401)
    expect(paths(long)).toEqual([])
  })

  it('export by name, but for inventories and playbooks', () => {
    const anonymous = /^export default (?!define(Inventory|Playbook)\()|\bas default\b/
    expect(linesMatching([...source, ...written, ...tools], anonymous)).toEqual([])
  })
})

describe('source', () => {
  it('prints in src/cli/ alone', () => {
    const quiet = source.filter(({ path }) => !path.startsWith('src/cli/'))
    expect(linesMatching(quiet, /(?<![.\w'])console\.\w/)).toEqual([])
  })

  it('knows of the process in src/cli/ alone; at the edge it may ask who and where it is', () => {
    const edge = /^src\/(lab|transport)\//
    const inner = source.filter(({ path }) => !path.startsWith('src/cli/') && !edge.test(path))
    expect(linesMatching(inner, /(?<![.\w'/-])process\.\w|['"](node:)?process['"]/)).toEqual([])
    const outer = source.filter(({ path }) => edge.test(path))
    expect(linesMatching(outer, /(?<![.\w'/-])process\.\w/)).toEqual([])
    expect(linesMatching(outer, /\b(stdout|stderr|exit|exitCode)\b.*['"]node:process['"]/)).toEqual([])
  })
})

describe('tests', () => {
  it('all run', () => {
    const left = /\b(it|test|describe|suite)(\.\w+)*\.(skip|only|todo|skipIf|runIf)\b/
    expect(linesMatching(tests, left)).toEqual([])
  })
})

describe('package-lock.json', () => {
  it('holds no address of a registry', () => {
    const { packages } = JSON.parse(readProjectFile('package-lock.json')) as { packages: Record<string, object> }
    const addressed = Object.entries(packages).filter(([, entry]) => 'resolved' in entry)
    expect(addressed).toEqual([])
    expect(Object.keys(packages).length).toBeGreaterThan(50)
  })

  it('agrees with package.json', () => {
    const wanted = JSON.parse(readProjectFile('package.json')) as Record<string, unknown>
    const { packages } = JSON.parse(readProjectFile('package-lock.json')) as { packages: Record<string, typeof wanted> }
    const parts = ({ version, dependencies, devDependencies }: typeof wanted) => ({
      version,
      dependencies,
      devDependencies,
    })
    expect(parts(packages[''] ?? {})).toEqual(parts(wanted))
  })
})
