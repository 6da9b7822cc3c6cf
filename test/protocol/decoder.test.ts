/** The decoder gets each transcript whole, byte by byte, and cut at random places; what it says must not differ. */

import { describe, expect, it } from 'vitest'
import { Decoder, type Stream } from '../../src/protocol/decoder.ts'

const mark = '0123456789abcdef0123456789abcdef'
const end = (status: number | string) => `\n${mark} ${status}\n`

interface Transcript {
  readonly name: string
  readonly stdout: string | Buffer
  readonly stderr: string
  readonly sections: readonly [status: number | undefined, stdout: string, stderr: string][]
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

const transcripts: readonly Transcript[] = [
  { name: 'one section', stdout: `hello\n${end(0)}`, stderr: end(0), sections: [[0, 'hello\n', '']] },
  { name: 'no newline at the end', stdout: `hello${end(0)}`, stderr: end(0), sections: [[0, 'hello', '']] },
  { name: 'nothing printed', stdout: end(1), stderr: end(1), sections: [[1, '', '']] },
  {
    name: 'several sections, the streams apart',
    stdout: `a${end(0)}b${end(3)}${end('-')}`,
    stderr: `${end(0)}oh no\n${end(3)}${end('-')}`,
    sections: [
      [0, 'a', ''],
      [3, 'b', 'oh no\n'],
      [undefined, '', ''],
    ],
  },
  {
    name: 'output that looks almost like a mark',
    stdout: `\n${mark.slice(0, 31)}x 0\n\n\n${mark}\n${mark.slice(0, 10)}${end(0)}`,
    stderr: `\n\n${end(0)}`,
    sections: [[0, `\n${mark.slice(0, 31)}x 0\n\n\n${mark}\n${mark.slice(0, 10)}`, '\n\n']],
  },
  {
    name: 'every byte there is',
    stdout: Buffer.concat([everyByte, Buffer.from(end(0))]),
    stderr: end(0),
    sections: [[0, everyByte.toString('latin1'), '']],
  },
]

describe.each(transcripts)('$name', ({ stdout, stderr, sections }) => {
  const bytes: Record<Stream, Buffer> = { stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) }

  it.each([
    ['whole', (bytesOf: Buffer) => [bytesOf]],
    ['byte by byte', (bytesOf: Buffer) => cut(bytesOf, () => 1)],
    ['cut at random', (bytesOf: Buffer) => cut(bytesOf, random(7))],
    ['cut at random otherwise', (bytesOf: Buffer) => cut(bytesOf, random(40))],
  ])('%s', (_name, pieces) => {
    for (const order of [['stdout', 'stderr'] as const, ['stderr', 'stdout'] as const]) {
      const decoded = decode(order.map((stream) => [stream, pieces(bytes[stream])]))
      expect(decoded.sections).toEqual(sections)
      expect(decoded.streamed).toBe(sections.map(([, text]) => text).join(''))
    }
  })
})

it('gives output on before its section is complete, save what may be the start of a mark', () => {
  const heard: string[] = []
  const decoder = new Decoder(mark, { output: (_stream, chunk) => heard.push(chunk.toString()), section: () => {} })
  decoder.push('stdout', Buffer.from('Setting up nginx ...\n'))
  expect(heard.join('')).toBe('Setting up nginx ...')
  decoder.push('stdout', Buffer.from('done'))
  expect(heard.join('')).toBe('Setting up nginx ...\ndone')
  expect(decoder.rest('stdout').toString()).toBe('Setting up nginx ...\ndone')
})

function decode(input: readonly (readonly [Stream, readonly Buffer[]])[]) {
  const sections: [number | undefined, string, string][] = []
  let streamed = ''
  const decoder = new Decoder(mark, {
    output: (stream, chunk) => {
      if (stream === 'stdout') streamed += chunk.toString('latin1')
    },
    section: ({ status, stdout, stderr }) => sections.push([status, stdout.toString('latin1'), stderr.toString()]),
  })
  for (const [stream, chunks] of input) for (const chunk of chunks) decoder.push(stream, chunk)
  return { sections, streamed }
}

function cut(bytes: Buffer, length: () => number): Buffer[] {
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = start + length()
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}

// A fixed sequence, so that a failure can be repeated.
function random(largest: number): () => number {
  let seed = largest
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return 1 + (seed % largest)
  }
}
