/** Watches for sudo's question, which is a random text, and keeps it out of the output. */

/** What happens around the question: it is asked, the shell has started, the channel is closed. */
export type PromptEvent = 'asked' | 'started' | 'closed'

/** See the file's first line. */
export class PasswordPrompt {
  readonly #prompt: string
  readonly #events: PromptEvent[] = []
  #waiting: PromiseWithResolvers<PromptEvent> | undefined
  #open = ''
  #hasStarted = false

  constructor(prompt: string) {
    this.#prompt = prompt
  }

  /** The next thing that happens. */
  next(): Promise<PromptEvent> {
    const event = this.#events.shift()
    if (event) return Promise.resolve(event)
    this.#waiting = Promise.withResolvers<PromptEvent>()
    return this.#waiting.promise
  }

  /** Something has happened. */
  tell(event: PromptEvent): void {
    if (event === 'started' && this.#hasStarted) return
    if (event === 'started') this.#hasStarted = true
    if (this.#waiting) this.#waiting.resolve(event)
    else this.#events.push(event)
    this.#waiting = undefined
  }

  /** Takes a piece of stderr; gives what of it is no question. */
  push(chunk: Buffer): Buffer {
    if (this.#hasStarted && this.#open === '') return chunk
    const parts = `${this.#open}${chunk.toString('latin1')}`.split(this.#prompt)
    for (let asked = 1; asked < parts.length; asked++) this.tell('asked')
    const last = parts.pop() ?? ''
    // What may be the beginning of the question is held back.
    const held = beginningAt(last, this.#prompt)
    this.#open = last.slice(held)
    return Buffer.from([...parts, last.slice(0, held)].join(''), 'latin1')
  }
}

function beginningAt(text: string, prompt: string): number {
  for (let start = Math.max(0, text.length - prompt.length + 1); start < text.length; start++) {
    if (prompt.startsWith(text.slice(start))) return start
  }
  return text.length
}
