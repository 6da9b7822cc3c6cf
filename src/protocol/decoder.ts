/** The decoder of a session's output: bytes in, sections out; no I/O and no clock. */

import { notRun } from './message.ts'
import type { SectionResult } from './section.ts'

/** Which of the two outputs of a session. */
export type Stream = 'stdout' | 'stderr'

/** Who hears what was decoded. */
export interface DecoderListener {
  /** Output of the section under way, as it comes. */
  output?(stream: Stream, chunk: Buffer): void
  /** A section is complete on both streams. */
  section(result: SectionResult): void
}

/** A piece of a stream: output, or the end of a section with its status. */
type Piece = { readonly output: Buffer } | { readonly status: string }

interface Finished {
  readonly status: string
  readonly output: Buffer
}

/** Decodes both streams of one session. Chunks may be cut anywhere. */
export class Decoder {
  readonly #splitters: Record<Stream, (chunk: Buffer) => Piece[]>
  readonly #open: Record<Stream, Buffer[]> = { stdout: [], stderr: [] }
  readonly #finished: Record<Stream, Finished[]> = { stdout: [], stderr: [] }
  readonly #listener: DecoderListener

  /** `mark` is the random text that ends each section's output. */
  constructor(mark: string, listener: DecoderListener) {
    this.#listener = listener
    this.#splitters = { stdout: splitter(mark), stderr: splitter(mark) }
  }

  /** Takes the next bytes of a stream. */
  push(stream: Stream, chunk: Buffer): void {
    for (const piece of this.#splitters[stream](chunk)) {
      if ('output' in piece) {
        this.#open[stream].push(piece.output)
        this.#listener.output?.(stream, piece.output)
      } else {
        this.#finished[stream].push({ status: piece.status, output: Buffer.concat(this.#open[stream]) })
        this.#open[stream] = []
        this.#pair()
      }
    }
  }

  /** What a stream said since the last complete section. */
  rest(stream: Stream): Buffer {
    return Buffer.concat(this.#open[stream])
  }

  #pair(): void {
    const { stdout, stderr } = this.#finished
    const [left] = stdout
    const [right] = stderr
    if (!left || !right) return
    stdout.shift()
    stderr.shift()
    const status = left.status === notRun ? undefined : Number(left.status)
    this.#listener.section({ status, stdout: left.output, stderr: right.output })
  }
}

function splitter(mark: string): (chunk: Buffer) => Piece[] {
  const opening = Buffer.from(`\n${mark} `)
  let held: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const pieces: Piece[] = []
    let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (;;) {
      const start = rest.indexOf(opening)
      const end = start < 0 ? -1 : rest.indexOf('\n', start + opening.length)
      if (end < 0) {
        const keep = start < 0 ? possibleStart(rest, opening) : start
        if (keep > 0) pieces.push({ output: rest.subarray(0, keep) })
        held = rest.subarray(keep)
        return pieces
      }
      if (start > 0) pieces.push({ output: rest.subarray(0, start) })
      pieces.push({ status: rest.toString('latin1', start + opening.length, end) })
      rest = rest.subarray(end + 1)
    }
  }
}

// Where the tail of `bytes` begins that may yet turn out to be an opening; only such a tail is held back.
function possibleStart(bytes: Buffer, opening: Buffer): number {
  for (let start = Math.max(0, bytes.length - opening.length + 1); start < bytes.length; start++) {
    if (bytes[start] === opening[0] && bytes.subarray(start).equals(opening.subarray(0, bytes.length - start)))
      return start
  }
  return bytes.length
}
