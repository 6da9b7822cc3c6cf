/** Quoting: whatever the text, a real sh gets it as exactly one word. */

import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { sh } from '../../src/shell/command.ts'
import { quote } from '../../src/shell/quote.ts'

/** What sh makes of a list of words: each with a NUL behind it. */
function wordsOfShell(script: string): string[] {
  const output = execFileSync('sh', ['-c', `printf '%s\\0' ${script}`], {
    env: { HOME: '/home/x', IFS: 'a' },
    encoding: 'latin1',
  })
  return Buffer.from(output, 'latin1').toString().split('\0').slice(0, -1)
}

const special = [
  '',
  ' ',
  '~',
  '~root',
  '~/x',
  'a~b',
  'x=~',
  '*',
  '?',
  '[a-z]',
  '{a,b}',
  '$HOME',
  '$' + '{HOME}',
  '$(id)',
  '`id`',
  "it's",
  "'",
  "''",
  '"',
  '\\',
  '\\n',
  'a\nb',
  '\n',
  '\t',
  '#x',
  '!x',
  '-n',
  '--',
  'a;b',
  'a&b',
  'a|b',
  'a>b',
  'a<b',
  '(a)',
  '\x01\x7f',
  'ö',
  '\u202e',
  '👩‍💻',
  'A=b',
  '%s',
  '^',
  ':',
  'if',
]

describe('a word', () => {
  it('stays what it is, whatever is special in it', () => {
    expect(wordsOfShell(special.map(quote).join(' '))).toEqual(special)
  })

  it('is quoted only where it must be', () => {
    for (const plain of ['abc', '/etc/nginx.conf', 'a-b_c', 'x=1', 'a:b', 'u@h', '50%', 'a+b', 'a,b'])
      expect(quote(plain)).toBe(plain)
    for (const text of ['~', '~root', 'a~', '', '*', '!', '^', '#', '{a,b}', 'a b'])
      expect(quote(text)).toMatch(/^'.*'$/s)
  })

  // A generator of one's own, so that a failure can be made again.
  it.each([1, 2, 3, 4])('stays what it is, at random (seed %i)', (seed) => {
    const random = generator(seed)
    const alphabet = `ab ~'"\\$\`*?[]{}()<>|&;#!=%^-+,.:/@\n\t\r\x01öß語👩`
    const signs = [...alphabet]
    const words = Array.from({ length: 300 }, () =>
      Array.from({ length: Math.floor(random() * 12) }, () => signs[Math.floor(random() * signs.length)]).join(''),
    )
    expect(wordsOfShell(words.map(quote).join(' '))).toEqual(words)
    expect(wordsOfShell(sh`${words}`.script)).toEqual(words)
  })

  it('cannot hold a NUL', () => {
    expect(() => quote('a\0b')).toThrow('NUL')
  })
})

function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}
