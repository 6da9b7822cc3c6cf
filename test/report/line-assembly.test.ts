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

test('a line of 20 MB in pieces is cut, in time that grows with its length alone', () => {
  const assembly = assembleLines()
  const piece = 'x'.repeat(64 * 1024)
  for (let sent = 0; sent < 320; sent++) expect(assembly.add('web1', piece)).toEqual([])
  expect(assembly.last('web1')).toBe('x'.repeat(500))
  const [line = ''] = assembly.add('web1', '\nnext')
  expect(line).toBe(`${'x'.repeat(20_000)}…`)
  expect(assembly.rest('web1')).toEqual(['next'])
})

test('a progress bar without an end is kept as what it was last', () => {
  const assembly = assembleLines()
  for (let done = 0; done < 100_000; done++) assembly.add('web1', `${done} of 100000\r`)
  expect(assembly.last('web1')).toBe('99999 of 100000')
  expect(assembly.rest('web1')).toEqual(['99999 of 100000'])
})

test('of a million lines the last one is followed', () => {
  const assembly = assembleLines()
  for (let sent = 0; sent < 20; sent++) assembly.follow('web1', 'y\n'.repeat(50_000))
  assembly.follow('web1', 'and\nthe\nlast\nline')
  expect(assembly.last('web1')).toBe('line')
  assembly.follow('web1', ' of all\n')
  expect(assembly.last('web1')).toBe('line of all')
  assembly.follow('web1', '\n')
  expect(assembly.last('web1')).toBe('line of all')
})
