/** Runs the type tests: what must not compile does not, and the compiler's message names the word that is wrong. */

import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compile } from './compile.ts'

const folder = new URL('.', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.test-d.ts'))
const fixtures = names.map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))

/** A line that must not compile, and what the message must contain. */
interface Expectation {
  readonly line: number
  readonly words: string
}

const directive = /^\s*\/\/ @ts-expect-error (?<words>.+)$/

/** The expectations in a fixture; each holds for the line that follows it. */
function expectationsIn(text: string): Expectation[] {
  return text.split('\n').flatMap((content, index) => {
    const words = directive.exec(content)?.groups?.words
    return words === undefined ? [] : [{ line: index + 2, words }]
  })
}

// With the directives taken away the compiler says what they would hide.
const found = await compile(
  Object.fromEntries(fixtures.map(({ name, text }) => [name, text.replaceAll('@ts-expect-error', '')])),
)

describe.each(fixtures)('$name', ({ name, text }) => {
  const expectations = expectationsIn(text)

  it('has expectations, each with words', () => {
    expect(expectations.length).toBeGreaterThan(0)
    expect(expectations.length).toBe(text.split('@ts-expect-error').length - 1)
  })

  it.each(expectations)('line $line: $words', ({ line, words }) => {
    const messages = found.filter((item) => item.file === name && item.line === line).map(({ message }) => message)
    expect(messages.join('\n')).toContain(words)
  })

  it('compiles everywhere else', () => {
    const lines = expectations.map(({ line }) => line)
    expect(found.filter((item) => item.file === name && !lines.includes(item.line))).toEqual([])
  })
})

it('the source they are compiled against has no errors itself', () => {
  expect(found.filter(({ file }) => !names.includes(file))).toEqual([])
})
