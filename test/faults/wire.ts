/** What every wire that fails on demand has: it counts what passes, strikes once, and can be cut, frozen or refused. */

/** What is counted on a wire, over all connections. */
export interface Counts {
  /** Bytes to the host, back, and back on the error output. */
  in: number
  out: number
  err: number
  /** Writes to the host: each is a message, a content, or its end. */
  message: number
  /** Sections whose end came back. */
  section: number
  /** Shells that were opened. */
  shell: number
  connection: number
}

/** When a fault strikes: right after as many of something have passed. */
export interface Moment {
  readonly after: keyof Counts
  readonly count: number
}

/** Processes on the host that belong to the connections of a wire. */
export interface WireProcesses {
  readonly sshd: readonly number[]
  readonly shells: readonly number[]
  /** What the shells have started. */
  readonly below: readonly number[]
}

/** See the file’s first line. */
export interface Wire {
  readonly meter: Meter
  /** Ends the connections; sshd ends with them. */
  cut(options: { readonly hangUp: boolean }): void
  /** Lets nothing through any more on the connections there are. The host does not notice. */
  freeze(): void
  /** Refuses the next connections. */
  refuse(count: number): void
  /** Puts bytes into what the host says. */
  inject(bytes: Buffer): void
  processes(): WireProcesses
  /** What sshd does in the end where nobody is on the other side: it ends. */
  giveUp(): void
}

/** Counts what passes, and strikes once. */
export class Meter {
  readonly counts: Counts = { in: 0, out: 0, err: 0, message: 0, section: 0, shell: 0, connection: 0 }
  /** Whether the moment came. */
  hasStruck = false
  readonly #moment: Moment | undefined
  readonly #strike: () => void

  constructor(moment: Moment | undefined, strike: () => void) {
    this.#moment = moment
    this.#strike = strike
  }

  /** The chunk in two where the fault strikes within it. */
  parts(stream: 'in' | 'out' | 'err', chunk: Buffer): Buffer[] {
    const { after, count } = this.#moment ?? {}
    const left = after === stream && count !== undefined ? count - this.counts[stream] : 0
    if (this.hasStruck || left <= 0 || left >= chunk.length) return [chunk]
    return [chunk.subarray(0, left), chunk.subarray(left)]
  }

  /** Counts, and strikes where it is time. */
  count(what: keyof Counts, count = 1): void {
    this.counts[what] += count
    if (this.hasStruck || this.#moment?.after !== what || this.counts[what] < this.#moment.count) return
    this.hasStruck = true
    this.#strike()
  }
}
