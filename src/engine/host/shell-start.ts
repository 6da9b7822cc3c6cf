/** The time until a shell is ready: what its login prints counts for nothing, and sudo's question is noticed. */

import type { Stream } from '../../protocol/decoder.ts'

/** What happens in this time: sudo asks for a password, the shell says that it is ready, the channel is closed. */
export type StartEvent = 'asked' | 'ready' | 'closed'

/** The two random texts that are waited for, neither of which stands in the command itself. */
export interface AwaitedTexts {
  /** What the shell prints on both streams, on a line of its own. */
  readonly ready: string
  /** What sudo prints when it wants a password. */
  readonly prompt: string | undefined
}

// Of what a login prints, this much is kept for an error.
const keptCharacters = 2000

/** Follows both streams until the shell is ready on both. */
export class ShellStart {
  readonly #ready: Buffer
  readonly #prompt: Buffer | undefined
  readonly #events: StartEvent[] = []
  #waiting: PromiseWithResolvers<StartEvent> | undefined
  readonly #held: Record<Stream, Buffer | undefined> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
  readonly #printed: Record<Stream, string> = { stdout: '', stderr: '' }

  constructor({ ready, prompt }: AwaitedTexts) {
    this.#ready = Buffer.from(`\n${ready}\n`)
    this.#prompt = prompt === undefined ? undefined : Buffer.from(prompt)
  }

  /** The next thing that happens. */
  next(): Promise<StartEvent> {
    const event = this.#events.shift()
    if (event) return Promise.resolve(event)
    this.#waiting = Promise.withResolvers<StartEvent>()
    return this.#waiting.promise
  }

  /** The channel was closed. */
  close(): void {
    this.#tell('closed')
  }

  /** Takes a piece of a stream; gives what of it came from the shell. */
  push(stream: Stream, chunk: Buffer): Buffer {
    const held = this.#held[stream]
    if (!held) return chunk
    let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const start = rest.indexOf(this.#ready)
    const before = start < 0 ? rest : rest.subarray(0, start)
    const asked = stream === 'stderr' && this.#prompt ? lastEnd(before, this.#prompt, () => this.#tell('asked')) : 0
    if (start >= 0) {
      this.#note(stream, before)
      rest = rest.subarray(start + this.#ready.length)
      this.#held[stream] = undefined
      if (!this.#held.stdout && !this.#held.stderr) this.#tell('ready')
      return rest
    }
    // The beginning of either text may be there already. What was found once must not be found again.
    const longest = Math.max(this.#ready.length, this.#prompt?.length ?? 0) - 1
    const cut = Math.max(asked, rest.length - longest)
    this.#note(stream, rest.subarray(0, cut))
    this.#held[stream] = Buffer.from(rest.subarray(cut))
    return Buffer.alloc(0)
  }

  /** The last of what a stream printed before the shell was ready. */
  printed(stream: Stream): string {
    return `${this.#printed[stream]}${this.#held[stream] ?? ''}`.trim()
  }

  #note(stream: Stream, bytes: Buffer): void {
    const text = bytes.subarray(-keptCharacters).toString()
    this.#printed[stream] = `${this.#printed[stream]}${text}`.slice(-keptCharacters)
  }

  #tell(event: StartEvent): void {
    if (this.#waiting) this.#waiting.resolve(event)
    else this.#events.push(event)
    this.#waiting = undefined
  }
}

// Calls `found` for each place of `text`; where the last one ends.
function lastEnd(bytes: Buffer, text: Buffer, found: () => void): number {
  let end = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, end)) {
    end = at + text.length
    found()
  }
  return end
}
