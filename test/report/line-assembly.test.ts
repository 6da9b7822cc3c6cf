/** Lines from pieces: cut anywhere, of several hosts at once, written over with carriage returns. */

import { expect, test } from 'vitest'
import { assembleLines } from '../../src/report/line-assembly.ts'

const text = 'Reading lists\r\nGet: 1\rGet: 2\r\n\nlast'

test('the pieces do not matter', () => {
  for (let size = 1; size <= text.length; size++) {
    const assembly = assembleLines()
    const lines: string[] = []
    for (let at = 0; at < text.length; at += size) lines.push(...assembly.add('web1', text.slice(at, at + size)))
    expect([...lines, ...assembly.rest('web1')]).toEqual(['Reading lists', 'Get: 2', '', 'last'])
  }
})

test('hosts do not mix', () => {
  const assembly = assembleLines()
  expect(assembly.add('web1', 'one')).toEqual([])
  expect(assembly.add('web2', 'two\n')).toEqual(['two'])
  expect(assembly.add('web1', ' more\n')).toEqual(['one more'])
  expect(assembly.rest('web1')).toEqual([])
})

test('the last line is the one being written, or the last with something on it', () => {
  const assembly = assembleLines()
  assembly.add('web1', 'Unpacking\nSett')
  expect(assembly.last('web1')).toBe('Sett')
  assembly.add('web1', 'ing up\n\n')
  expect(assembly.last('web1')).toBe('Setting up')
  assembly.rest('web1')
  expect(assembly.last('web1')).toBe('')
})
