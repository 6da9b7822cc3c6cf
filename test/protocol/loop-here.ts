/** The loop on this machine, for tests: messages to a real sh, and what it answers. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Content } from '../../src/plan/action.ts'
import type { Answered } from '../../src/protocol/answers.ts'
import { bootstrapCommand } from '../../src/protocol/bootstrap.ts'
import { Decoder } from '../../src/protocol/decoder.ts'
import { encodeMessage, endOfContent } from '../../src/protocol/message.ts'
import type { Section, SectionResult } from '../../src/protocol/section.ts'
import { quote } from '../../src/shell/quote.ts'
import { Secret } from '../../src/shell/secret.ts'

/** A shell with the loop. */
export class LoopHere {
  readonly child: ChildProcessWithoutNullStreams
  readonly mark = randomBytes(16).toString('hex')
  readonly #decoder: Decoder
  readonly #results: SectionResult[] = []
  /** What came on the standard output so far, as it came. */
  stdout = ''
  stderr = ''
  readonly closed: Promise<number | null>
  #wake = () => {}

  /** Starts it; `folder` is that of the run, `before` runs in the same shell first, and `more`
   * with the command that sets the folder. */
  constructor(folder: string, before = '', more = ':') {
    const ready = randomBytes(16).toString('hex')
    const command = bootstrapCommand({ user: undefined, passwordPrompt: undefined, readOnly: false, ready })
    this.child = spawn('sh', ['-c', `${before}\n${command}`], { detached: true })
    this.#decoder = new Decoder(this.mark, {
      section: (result) => {
        this.#results.push(result)
        this.#wake()
      },
    })
    this.expect(1)
    for (const stream of ['stdout', 'stderr'] as const) {
      this.child[stream].on('data', (chunk: Buffer) => {
        this[stream] += chunk.toString('latin1')
        this.#decoder.push(stream, chunk)
      })
    }
    this.closed = new Promise((resolve) => this.child.once('close', resolve))
    this.closed.then(() => this.#wake())
    this.child.stdin.on('error', () => {})
    this.write(`${this.mark}\n${more}; D=${quote(folder)}\n`)
  }

  write(bytes: string | Uint8Array): void {
    this.child.stdin.write(bytes)
  }

  /** Results that come of what is written by hand. */
  expect(count: number): void {
    this.#decoder.expect(Array.from({ length: count }, () => ({ left: Number.POSITIVE_INFINITY, isWhole: true })))
  }

  /** What a section answered, and what it printed besides. */
  answersIn(result: SectionResult | undefined): Answered {
    return this.#decoder.answersIn(result?.stdout ?? Buffer.alloc(0))
  }

  /** Sends a message and its contents. */
  send(sections: readonly Section[], operation?: string): void {
    this.expect(sections.length)
    const { head, contents } = encodeMessage(sections, operation)
    this.write(head)
    for (const content of contents) this.write(Buffer.concat([Buffer.from(bytesOf(content)), endOfContent]))
  }

  /** The next `count` results; fewer where the shell ends before. The first of all is the greeting. */
  async results(count: number): Promise<SectionResult[]> {
    let isClosed = false
    void this.closed.then(() => {
      isClosed = true
    })
    while (this.#results.length < count && !isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        void this.closed.then(() => resolve())
      })
    }
    return this.#results.splice(0, count)
  }

  /** Ends it with everything that it started, also what it waits for. */
  async end(): Promise<void> {
    this.child.stdin.end()
    this.child.stdout.destroy()
    this.child.stderr.destroy()
    try {
      process.kill(-(this.child.pid as number), 'SIGKILL')
    } catch {
      // The group is gone already.
    }
    await this.closed
  }

  /** Sends a message and waits for all its results. */
  async ask(sections: readonly Section[], operation?: string): Promise<SectionResult[]> {
    this.send(sections, operation)
    return this.results(sections.length)
  }
}

function bytesOf(content: Content): string | Uint8Array {
  if (content instanceof Secret) return content.reveal()
  return typeof content === 'object' && 'file' in content ? readFileSync(content.file) : content
}
