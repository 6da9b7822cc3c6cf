/** Looks for the worst offenders against docs/style.md. */

import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readProjectFile } from '../architecture/modules.ts'

/** What a native writer would not write, and what to write instead. */
const offenders: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\b(is|are|was|were|be) told\b/i, 'is reported, is shown, is passed'],
  [/\bis to be\b|\bare to be\b/i, 'must be, will be, or the plain verb'],
  [/\bby the clock\b/i, 'on a schedule'],
  [/\bwhat is not said\b|\bwhat is said\b/i, 'options you omit, options you set'],
  [/\bof (his|her|its) own accord\b/i, 'by itself'],
  [/\bbe it\b/i, 'whether it is'],
  [/\bto whom\b/i, 'who … to'],
  [/\banew\b/i, 'again'],
  [/\bnobody need\b/i, 'nobody has to'],
  [/\bas (it|they) should be\b/i, 'correct, as desired'],
  [/\bin force\b/i, 'in effect'],
  [/\bjudge[sd]?\b/i, 'validate, check'],
  [/\b(takes?|taken|took) back\b/i, 'roll back, restore'],
  [/(?<![/`])\bow(ed|es)\b/i, 'pending'],
  [/(?<!key )\bexchanges?\b/i, 'round trip'],
  [/\bgo(es)? on\b/i, 'continue'],
  [/\b(somebody|whoever|he who)\b/i, 'the person, the user, the process that …'],
]

/** The pages that are held to it. docs/style.md quotes what it forbids. */
const pages = [
  'CONTRIBUTING.md',
  'README.md',
  'SECURITY.md',
  'app/README.md',
  'docs/ansible.md',
  'docs/commands.md',
  'docs/glossary.md',
  'docs/lab.md',
  'docs/performance.md',
  'docs/promises.md',
  'docs/quick-start.md',
  'docs/resources.md',
  'docs/stack.md',
  'docs/supported-systems.md',
  'docs/writing.md',
  ...globSync('roles/*/README.md').sort(),
  'test/resources/README.md',
]

describe('plain English', () => {
  it('finds what it looks for', () => {
    const text = 'The host is told to whom.'
    expect(offenders.filter(([pattern]) => pattern.test(text)).length).toBe(2)
  })

  it.each(pages)('%s', (path) => {
    const found = readProjectFile(path)
      .split('\n')
      // The titles of tests are quoted as they are.
      .map((line) => line.replaceAll(/“[^”]*”/g, ''))
      .flatMap((line, index) =>
        offenders
          .filter(([pattern]) => pattern.test(line))
          .map(([pattern, instead]) => `${path}:${index + 1}: ${pattern.exec(line)?.[0]} (better: ${instead})`),
      )
    expect(found).toEqual([])
  })

  it('has fifteen rules, each with a before and an after', () => {
    const text = readProjectFile('docs/style.md')
    expect(text.match(/^\d+\. \*\*/gm)).toHaveLength(15)
    expect(text.match(/^ +- Before: /gm)).toHaveLength(15)
    expect(text.match(/^ +- After: /gm)).toHaveLength(15)
    expect(globSync('docs/*.md')).toContain('docs/style.md')
  })
})
