/** The decoder of a session's output: bytes in, sections out; no I/O and no clock. */

import { type Answered, answersIn } from './answers.ts'
import { type Budget, KeptOutput } from './kept-output.ts'
import { notRun } from './message.ts'
import type { SectionResult } from './section.ts'

/** Which of the two outputs of a session. */
export type Stream = 'stdout' | 'stderr'

/** Why no more can be decoded: the host broke the protocol, or a section that is needed whole was too long. */
export type DecoderFailure = { readonly kind: 'broken'; readonly detail: string } | { readonly kind: 'too-long' }

/** Who hears what was decoded. */
export interface DecoderListener {
  /** Output of the section with this number, as it comes. One stream may be sections ahead of the other. */
  output?(stream: Stream, chunk: Buffer, section: number): void
  /** A section is complete on both streams. */
  section(result: SectionResult): void
  /** This came while nothing was asked for, and was left out. */
  unasked?(output: Buffer): void
  /** Nothing that comes from now on is decoded. */
  failed?(failure: DecoderFailure): void
}

/** A piece of a stream: output, the end of a section with its status, or what cannot be. */
type Piece = { readonly output: Buffer } | { readonly status: string } | { readonly broken: string }

interface Finished {
  readonly status: string
  readonly output: Buffer
}

interface StreamState {
  split: (chunk: Buffer) => Piece[]
  kept: KeptOutput
  readonly finished: Finished[]
  // Sections that ended on this stream.
  ended: number
}

const unaskedBytes = 64 * 1024

/** Decodes both streams of one session. Chunks may be cut anywhere. */
export class Decoder {
  readonly #mark: string
  readonly #streams: Record<Stream, StreamState>
  readonly #listener: DecoderListener
  // What the sections that were asked for and are not complete may keep.
  readonly #budgets: Budget[] = []
  #complete = 0
  #hasFailed = false

  /** `mark` is the random text that ends each section's output. */
  constructor(mark: string, listener: DecoderListener) {
    this.#mark = mark
    this.#listener = listener
    const state = (): StreamState => ({
      split: splitter(mark),
      kept: new KeptOutput(unasked()),
      finished: [],
      ended: 0,
    })
    this.#streams = { stdout: state(), stderr: state() }
  }

  /**
   * Sections are asked for; each may keep as much as its budget allows. A section that nobody asked for is a failure. Returns the
   * number of the first of them.
   */
  expect(budgets: readonly Budget[]): number {
    const known = this.#complete + this.#budgets.length
    this.#budgets.push(...budgets)
    for (const state of Object.values(this.#streams)) {
      if (state.ended !== known || !budgets[0]) continue
      // What came before cannot be an answer: something else prints there.
      const unasked = state.kept.toBuffer()
      if (unasked.length > 0) this.#listener.unasked?.(unasked)
      state.kept = new KeptOutput(budgets[0])
      // It may hold back the end of it.
      state.split = splitter(this.#mark)
    }
    return known
  }

  /** Takes the next bytes of a stream. */
  push(stream: Stream, chunk: Buffer): void {
    const state = this.#streams[stream]
    for (const piece of this.#hasFailed ? [] : state.split(chunk)) {
      const failure = this.#take(stream, state, piece)
      if (!failure) continue
      this.#hasFailed = true
      this.#listener.failed?.(failure)
      return
    }
  }

  /** What a stream said since the last complete section. */
  rest(stream: Stream): Buffer {
    return this.#streams[stream].kept.toBuffer()
  }

  /** The answers in what a section printed. */
  answersIn(stdout: Buffer): Answered {
    return answersIn(stdout, this.#mark)
  }

  #take(stream: Stream, state: StreamState, piece: Piece): DecoderFailure | undefined {
    if ('broken' in piece) return { kind: 'broken', detail: piece.broken }
    if ('output' in piece) {
      if (!state.kept.push(piece.output)) return { kind: 'too-long' }
      this.#listener.output?.(stream, piece.output, state.ended)
      return undefined
    }
    if (state.ended >= this.#complete + this.#budgets.length) {
      return { kind: 'broken', detail: 'it answered what it was not asked' }
    }
    state.finished.push({ status: piece.status, output: state.kept.toBuffer() })
    state.ended += 1
    state.kept = new KeptOutput(this.#budgets[state.ended - this.#complete] ?? unasked())
    return this.#pair()
  }

  #pair(): DecoderFailure | undefined {
    const { stdout, stderr } = this.#streams
    const [left] = stdout.finished
    const [right] = stderr.finished
    if (!left || !right) return undefined
    // Something else than the loop has ended a section on one of them.
    if (left.status !== right.status) return { kind: 'broken', detail: 'its two outputs end a section differently' }
    stdout.finished.shift()
    stderr.finished.shift()
    this.#budgets.shift()
    this.#complete += 1
    const status = left.status === notRun ? undefined : Number(left.status)
    this.#listener.section({ status, stdout: left.output, stderr: right.output })
    return undefined
  }
}

function unasked(): Budget {
  return { left: unaskedBytes, isWhole: false }
}

const status = /^(\d{1,3}|-)$/
const longestStatus = 3

function splitter(mark: string): (chunk: Buffer) => Piece[] {
  const opening = Buffer.from(`\n${mark} `)
  let held: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const pieces: Piece[] = []
    let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (;;) {
      const start = rest.indexOf(opening)
      const begin = start + opening.length
      const end = start < 0 ? -1 : rest.subarray(0, begin + longestStatus + 1).indexOf('\n', begin)
      if (end < 0) {
        const keep = start < 0 ? possibleStart(rest, opening) : start
        if (keep > 0) pieces.push({ output: rest.subarray(0, keep) })
        held = rest.subarray(keep)
        if (start >= 0 && rest.length > begin + longestStatus) pieces.push({ broken: 'its mark has no status' })
        return pieces
      }
      if (start > 0) pieces.push({ output: rest.subarray(0, start) })
      const word = rest.toString('latin1', begin, end)
      if (!status.test(word)) return [...pieces, { broken: `its mark has the status ${JSON.stringify(word)}` }]
      pieces.push({ status: word })
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
