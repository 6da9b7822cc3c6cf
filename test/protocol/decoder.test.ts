/** The decoder gets each transcript whole, byte by byte, and cut at random places; what it says must not differ. */

import { describe, expect, it } from 'vitest'
import { Decoder, type DecoderFailure, type Stream } from '../../src/protocol/decoder.ts'
import type { Budget } from '../../src/protocol/kept-output.ts'

const mark = '0123456789abcdef0123456789abcdef'
const end = (status: number | string) => `\n${mark} ${status}\n`
const whole = (left: number): Budget => ({ left, isWhole: true })
const tail = (left: number): Budget => ({ left, isWhole: false })

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
      expect(decoded.failures).toEqual([])
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

it('tells the section of each output, even if one stream is ahead of the other', () => {
  const heard: string[] = []
  const decoder = new Decoder(mark, {
    output: (_stream, chunk, section) => heard.push(`${section} ${chunk.toString()}`),
    section: () => heard.push('complete'),
  })
  expect(decoder.expect([tail(100), tail(100)])).toBe(0)
  expect(decoder.expect([tail(100)])).toBe(2)
  decoder.push('stdout', Buffer.from(`one${end(0)}two${end(0)}`))
  decoder.push('stderr', Buffer.from(`${end(0)}oh no${end(0)}`))
  expect(heard).toEqual(['0 one', '1 two', 'complete', '1 oh no', 'complete'])
})

/** A decoder that expects `budgets`, and what it said. */
function decoderFor(...budgets: Budget[]) {
  const failures: DecoderFailure[] = []
  const outputs: string[] = []
  const decoder = new Decoder(mark, {
    section: ({ stdout }) => outputs.push(stdout.toString()),
    failed: (failure) => failures.push(failure),
  })
  decoder.expect(budgets)
  return { decoder, failures, outputs }
}

const flood = Buffer.alloc(1_000_000, 'x')

describe('limits', () => {
  it('a reading that prints more than it may fails at once, and nothing more is decoded', () => {
    const { decoder, failures, outputs } = decoderFor(whole(5_000_000))
    for (let sent = 0; sent < 20; sent++) decoder.push('stdout', flood)
    decoder.push('stdout', Buffer.from(end(0)))
    decoder.push('stderr', Buffer.from(end(0)))
    expect(failures).toEqual([{ kind: 'too-long' }])
    expect(outputs).toEqual([])
  })

  it('readings of one round trip share what they may print', () => {
    const budget = whole(1_500_000)
    const { decoder, failures } = decoderFor(budget, budget)
    decoder.push('stdout', Buffer.concat([flood, Buffer.from(end(0)), flood]))
    expect(failures).toEqual([{ kind: 'too-long' }])
  })

  it('of a command the end is kept, with a line that says how much is not', () => {
    const { decoder, outputs } = decoderFor(tail(2_000_000))
    for (let sent = 0; sent < 50; sent++) decoder.push('stdout', flood)
    decoder.push('stdout', Buffer.from(`the last words${end(0)}`))
    decoder.push('stderr', Buffer.from(end(0)))
    const [output = ''] = outputs
    expect(output).toMatch(/^\[the first 4[89]\d{6} bytes are left out\]\nx+the last words$/)
    expect(output.length).toBeLessThan(2_100_000)
  })

  it('a flood of single bytes takes no more memory than a flood', () => {
    const { decoder, outputs } = decoderFor(tail(100_000))
    const byte = Buffer.from('y')
    for (let sent = 0; sent < 500_000; sent++) decoder.push('stdout', byte)
    decoder.push('stdout', Buffer.from(end(0)))
    decoder.push('stderr', Buffer.from(end(0)))
    expect(outputs[0]).toMatch(/^\[the first \d+ bytes are left out\]\ny+$/)
    expect(outputs[0]?.length).toBeLessThan(110_000)
  })
})

describe('a host that breaks the protocol', () => {
  it.each([
    ['a status that is none', `\n${mark} root\n`],
    ['a status without an end', `\n${mark} 0000000000`],
    ['a section that nobody asked for', `${end(0)}${end(0)}`],
  ])('%s', (_name, text) => {
    const { decoder, failures } = decoderFor(whole(1000))
    decoder.push('stdout', Buffer.from(text))
    expect(failures).toMatchObject([{ kind: 'broken' }])
  })
})

it.each([
  ['a status', 0, 1],
  ['that it was run', 0, '-'],
])('a host whose outputs do not agree on %s breaks the protocol', (_name, left, right) => {
  for (const statuses of [
    [left, right],
    [right, left],
  ] as const) {
    const { decoder, failures, outputs } = decoderFor(whole(1000))
    decoder.push('stdout', Buffer.from(end(statuses[0])))
    decoder.push('stderr', Buffer.from(end(statuses[1])))
    expect(failures).toMatchObject([{ kind: 'broken' }])
    expect(outputs).toEqual([])
  }
})

describe('answers', () => {
  it('are lines with the mark; nothing else passes for one', () => {
    const { decoder } = decoderFor()
    const stdout = Buffer.from(`noise held\n${mark.slice(1)}=busy\n\n${mark}=held by us\nafter it`)
    expect(decoder.answersIn(stdout)).toEqual({ answers: ['held by us'], rest: Buffer.from('after it') })
  })
})

function decode(input: readonly (readonly [Stream, readonly Buffer[]])[]) {
  const sections: [number | undefined, string, string][] = []
  const failures: DecoderFailure[] = []
  let streamed = ''
  const decoder = new Decoder(mark, {
    output: (stream, chunk) => {
      if (stream === 'stdout') streamed += chunk.toString('latin1')
    },
    section: ({ status, stdout, stderr }) => sections.push([status, stdout.toString('latin1'), stderr.toString()]),
    failed: (failure) => failures.push(failure),
  })
  decoder.expect(Array.from({ length: 3 }, () => whole(1_000_000)))
  for (const [stream, chunks] of input) for (const chunk of chunks) decoder.push(stream, chunk)
  return { sections, streamed, failures }
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
