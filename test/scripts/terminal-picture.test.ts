/** Checks that a screen keeps its columns and colours in a picture, and that a recording shows each line when it was there. */

import { describe, expect, it } from 'vitest'
import { framed, picture, recording, runsOf, shortened } from '../../scripts/terminal-picture.ts'

const texts = (lines: readonly string[]) => runsOf(lines).map((runs) => runs.map(({ column, text }) => [column, text]))

describe('runsOf', () => {
  it('keeps columns across colours and leaves spaces at the ends out', () => {
    expect(texts(['web1 \x1b[2m|\x1b[0m   \x1b[33mchanged\x1b[39m  ', ''])).toEqual([
      [
        [0, 'web1'],
        [5, '|'],
        [9, 'changed'],
      ],
      [],
    ])
  })

  it('takes looks on from line to line, as tmux leaves them', () => {
    const [first, second, third] = runsOf(['\x1b[1mbold', 'still', '\x1b[0;2m\x1b[39mdim'])
    expect([first?.[0]?.isBold, second?.[0]?.isBold, third?.[0]?.isBold]).toEqual([true, true, false])
    expect(third?.[0]?.isDim).toBe(true)
  })

  it('tells colours apart', () => {
    const colours = runsOf(['\x1b[31ma\x1b[32mb\x1b[92mc\x1b[39md'])[0]?.map(({ colour }) => colour)
    expect(new Set(colours).size).toBe(3)
    expect(colours?.[1]).toBe(colours?.[2])
  })
})

describe('picture', () => {
  it('escapes what has a meaning in SVG', () => {
    expect(picture(['<title> & so on'], 'a < b')).toContain('&lt;title&gt; &amp; so on')
  })

  it('does not move', () => {
    expect(picture(['one', 'two'], 'two lines')).not.toContain('@keyframes')
  })
})

describe('recording', () => {
  const svg = recording(
    [
      { atMs: 0, lines: ['$ run'] },
      { atMs: 2000, lines: ['$ run', 'working'] },
      { atMs: 4000, lines: ['$ run', 'done'] },
    ],
    'a run',
  )

  it('draws a line that stays once', () => {
    expect(svg.match(/\$ run/g)).toHaveLength(1)
  })

  it('shows each line from when it came to when it went, of ten seconds in all', () => {
    expect(svg).toContain('@keyframes k1{0.00%{visibility:hidden}20.00%{visibility:visible}40.00%{visibility:hidden}')
    expect(svg).toContain('@keyframes k2{0.00%{visibility:hidden}40.00%{visibility:visible}100%{visibility:visible}')
    expect(svg).toContain('10000ms')
  })

  it('shows the last screen to those who want nothing to move', () => {
    expect(svg).toContain('#l1{visibility:hidden}')
    expect(svg).toContain('#l2{visibility:visible}')
    expect(svg).toMatch(/no-preference\){#l1{animation:[^}]+}#l2{animation:/)
  })
})

describe('shortened', () => {
  const frames = [0, 100, 200, 5000, 60_000].map((atMs) => ({ atMs, lines: [`${atMs}`] }))

  it('keeps the first and the last, at equal distances', () => {
    expect(shortened(frames, 3, 1000)).toEqual([
      { atMs: 0, lines: ['0'] },
      { atMs: 500, lines: ['200'] },
      { atMs: 1000, lines: ['60000'] },
    ])
  })

  it('keeps all where there are no more', () => {
    expect(shortened(frames.slice(0, 2), 9, 1000).map(({ lines }) => lines[0])).toEqual(['0', '100'])
  })
})

describe('framed', () => {
  it('is as large as the PNG, and says what it shows', () => {
    // The head of a PNG: signature, length and name of the first chunk, width, height.
    const png = Buffer.from('89504e470d0a1a0a0000000d494844520000000300000002', 'hex')
    const svg = framed(png, 'a < b')
    expect(svg).toContain('width="3" height="2"')
    expect(svg).toContain('<title>a &lt; b</title>')
    expect(svg).toContain(png.toString('base64'))
  })
})
