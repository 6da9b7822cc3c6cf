/** Lines of output from pieces: whole, masked, and cut where they are too long to be shown. */

import { describe, expect, it } from 'vitest'
import { cutLines } from '../../../src/engine/apply/output-lines.ts'
import { Secret } from '../../../src/shell/secret.ts'

const text = 'Reading lists\r\nGet: 1\rGet: 2\r\n\nlast'

describe('lines', () => {
  it('come whole, whatever the pieces are', () => {
    for (let size = 1; size <= text.length; size++) {
      const lines = cutLines(100)
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        lines.add(text.slice(at * size, (at + 1) * size)),
      )
      expect([...pieces, lines.end()].join('')).toBe(text)
      expect(pieces.every((piece) => piece === '' || /[\r\n]$/.test(piece))).toBe(true)
    }
  })

  it('are cut where they are longer than the limit, and the next one is whole', () => {
    const lines = cutLines(10)
    expect(lines.add(`${'a'.repeat(11)}\nbbb\n`)).toBe('aaaaaaaaaa… [the line is longer]\nbbb\n')
    expect(lines.add('c'.repeat(10))).toBe('')
    expect(lines.end()).toBe('cccccccccc')
  })

  it('of 20 MB keep no more than is shown of them', () => {
    const lines = cutLines(10_000)
    const piece = 'x'.repeat(16 * 1024)
    for (let sent = 0; sent < 1280; sent++) expect(lines.add(piece)).toBe('')
    expect(lines.end()).toBe(`${'x'.repeat(10_000)}… [the line is longer]`)
  })

  it('that are long stand among short ones', () => {
    const lines = cutLines(10)
    const given = `start\n${'short\r\n'.repeat(3)}${'x'.repeat(11)}\nshort\n${'y'.repeat(10)}\nopen`
    expect(lines.add(given)).toBe(
      `start\n${'short\r\n'.repeat(3)}xxxxxxxxxx… [the line is longer]\nshort\nyyyyyyyyyy\n`,
    )
    expect(lines.end()).toBe('open')
  })

  it('are masked before they are cut', () => {
    const secret = new Secret('db', 'correct horse battery')
    for (let before = 0; before < 40; before++) {
      const lines = cutLines(20)
      const shown = lines.add(`${'-'.repeat(before)}${secret.reveal()}${'x'.repeat(50)}\n`)
      expect(shown).not.toMatch(/corr|horse|batt/)
    }
  })

  it('are masked where a secret comes in pieces', () => {
    const secret = new Secret('db', 'open sesame now')
    const lines = cutLines(1000)
    const shown = [...secret.reveal()].map((letter) => lines.add(letter)).join('') + lines.add('!\n')
    expect(shown).toBe('********!\n')
  })
})
