/** A session: one shell on a host, kept open, that answers round trips one after the other. */

import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { FoobarDeployError } from '../../errors.ts'
import type { Content } from '../../plan/action.ts'
import type { Answered } from '../../protocol/answers.ts'
import {
  type Bootstrap,
  bootstrapCommand,
  farewell,
  type Greeting,
  heartbeat,
  parseGreeting,
} from '../../protocol/bootstrap.ts'
import { Decoder, type Stream } from '../../protocol/decoder.ts'
import { contentLength, encodeMessage, endOfContent } from '../../protocol/message.ts'
import { parseProbe, probeCommand, type ShellState } from '../../protocol/probe.ts'
import type { Section, SectionResult } from '../../protocol/section.ts'
import { Secret } from '../../shell/secret.ts'
import type { Channel, ChannelEnd, Connection } from '../../transport/transport.ts'
import { budgetsOf, type SessionLimits, timeLimitOf } from './session-limits.ts'
import { SessionWatch } from './session-watch.ts'
import { givenUp, interrupted, lost, notReady, notUnderstood, refused } from './shell-failure.ts'
import { ShellStart } from './shell-start.ts'

/** What a session is opened with. */
export interface SessionSettings extends Omit<Bootstrap, 'passwordPrompt' | 'ready'> {
  /** Name of the host, for errors. */
  readonly host: string
  /** The folder on the host for what this run keeps while it lasts. */
  readonly folder: string
  /** Password for sudo, if it is known. */
  readonly password?: Secret
  readonly limits: SessionLimits
  /** Something that a person should know while the session works. */
  onNotice(text: string): void
}

/** How one round trip is made. */
export interface RoundTripOptions {
  /** Name of the operation, where the round trip changes something. */
  readonly operation?: string
  /** Whether it leaves something on the host that goes when the session ends. */
  readonly leavesRecord?: boolean
  /** Ends the round trip, and the session with it, by the error that is its reason. */
  readonly signal?: AbortSignal
  /** Hears the output of the section with this index as it comes. */
  onOutput?(section: number, stream: Stream, chunk: Buffer): void
}

interface Pending {
  readonly sections: readonly Section[]
  readonly results: SectionResult[]
  /** The decoder's number of its first section. */
  readonly first: number
  readonly onOutput: RoundTripOptions['onOutput']
  resolve(results: SectionResult[]): void
  reject(error: Error): void
}

const longestFarewellMs = 1000
// After a wrong password sudo says so, and ends.
const longestRefusalMs = 2000
const longestGreetingBytes = 64 * 1024
const longestProbeCharacters = 64 * 1024

/** A shell for one user. Round trips that are asked for while one is under way wait for their turn. */
export class ShellSession {
  /** Round trips made so far. */
  roundTrips = 0
  readonly #settings: SessionSettings
  readonly #connection: Connection
  readonly #mark = randomBytes(16).toString('hex')
  readonly #decoder: Decoder
  readonly #watch: SessionWatch
  #channel: Channel | undefined
  #pending: Pending | undefined
  readonly #greeting = Promise.withResolvers<Greeting>()
  #isReady = false
  #hasNotedNoise = false
  #processId: number | undefined
  #ended: FoobarDeployError | undefined
  // Rejects once the session has ended: what every wait until it is ready is raced against.
  readonly #end = Promise.withResolvers<never>()
  // Whether the host keeps a record of an operation for this session.
  #hasRecord = false
  readonly #gone = Promise.withResolvers<void>()
  #queue: Promise<unknown>

  private constructor(connection: Connection, settings: SessionSettings, signal: AbortSignal | undefined) {
    this.#connection = connection
    this.#settings = settings
    this.#greeting.promise.catch(() => {})
    this.#end.promise.catch(() => {})
    this.#decoder = new Decoder(this.#mark, {
      output: (stream, chunk, section) => this.#output(stream, chunk, section),
      section: (result) => this.#section(result),
      unasked: (output) => this.#noteNoise(output),
      failed: (failure) => this.#giveUp(notUnderstood(settings, failure)),
    })
    this.#decoder.expect([{ left: longestGreetingBytes, isWhole: false }])
    this.#watch = new SessionWatch({
      silenceTimeoutMs: settings.limits.silenceTimeoutMs,
      probe: () => this.#probe(),
      onEnd: (end) => this.#giveUp(givenUp(settings, end)),
      onNotice: settings.onNotice,
    })
    this.#queue = this.#start(signal).catch((thrown) => this.#giveUp(thrown))
  }

  /**
   * Starts a shell. It may be used at once; that it could not be started, or could not become its user, shows in the
   * first round trip. `signal` ends the start.
   */
  static open(connection: Connection, settings: SessionSettings, signal?: AbortSignal): ShellSession {
    return new ShellSession(connection, settings, signal)
  }

  /** What the shell said of itself; rejects where it could not be started. */
  greeting(): Promise<Greeting> {
    return this.#greeting.promise
  }

  /** Sends sections and waits for all their results. Rejects with `connection-lost` when the shell is gone. */
  roundTrip(sections: readonly Section[], options: RoundTripOptions = {}): Promise<SectionResult[]> {
    const turn = this.#queue.then(() => this.#roundTrip(sections, options))
    this.#queue = turn.catch(() => {})
    return turn
  }

  /** Says to a shell that has nothing to do that the controller is there. */
  beat(): void {
    if (this.#processId === undefined || this.#pending || this.#ended) return
    this.#channel?.write(heartbeat).catch(() => {})
  }

  /** The answers in the output of a section of this session. */
  answersIn({ stdout }: SectionResult): Answered {
    return this.#decoder.answersIn(stdout)
  }

  /** Lets the shell end by itself after what it is at, and forget the run; waits a little where there is a record to go. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#sayFarewell()
    if (!this.#hasRecord) return
    await within(longestFarewellMs, this.#gone.promise)
  }

  /** Ends the session at once: what it waits for is rejected with `error`. */
  abort(error: FoobarDeployError): void {
    this.#giveUp(error)
  }

  // Nothing is sent but the password until the shell is ready: whatever is before it there would read it.
  async #start(signal: AbortSignal | undefined): Promise<void> {
    const { host, user, readOnly, password, folder, limits } = this.#settings
    const ready = randomBytes(16).toString('hex')
    const prompt = password && user !== undefined ? `${randomBytes(8).toString('hex')}:` : undefined
    const start = new ShellStart({ ready, prompt })
    const printed = () => [start.printed('stdout'), start.printed('stderr')].filter((text) => text !== '').join('\n')
    let hasPassword = false
    const timer = setTimeout(
      () => this.#giveUp(notReady(this.#settings, hasPassword, printed())),
      limits.shellTimeoutMs,
    )
    const abort = () => this.#giveUp(interrupted(host, signal))
    signal?.addEventListener('abort', abort, { once: true })
    try {
      if (signal?.aborted) throw interrupted(host, signal)
      const take = (stream: Stream) => (chunk: Buffer) => {
        this.#watch.heard()
        this.#decoder.push(stream, start.push(stream, chunk))
      }
      const opening = this.#connection.open(bootstrapCommand({ user, readOnly, passwordPrompt: prompt, ready }), {
        stdout: take('stdout'),
        stderr: take('stderr'),
        closed: (end) => {
          this.#close(end, start)
          start.close()
        },
      })
      this.#channel = await this.#unlessEnded(opening)
      let event = await this.#unlessEnded(start.next())
      if (event === 'asked' && password) {
        hasPassword = true
        await this.#unlessEnded(this.#channel.write(Buffer.from(`${password.reveal()}\n`)))
        event = await this.#unlessEnded(start.next())
      }
      // Asked again: the password was wrong, and one wrong attempt is enough.
      if (event === 'asked') {
        this.#channel.end()
        await within(longestRefusalMs, this.#gone.promise)
        return this.#giveUp(refused(this.#settings, { kind: 'exit', status: 1 }, `sudo: ${start.printed('stderr')}`))
      }
      this.#isReady = true
      await this.#unlessEnded(this.#channel.write(Buffer.from(`${this.#mark}\n${folder}\n`)))
    } finally {
      // What is left of the time is for the greeting.
      const settled = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
      this.#greeting.promise.then(settled, settled)
    }
  }

  async #roundTrip(sections: readonly Section[], options: RoundTripOptions): Promise<SectionResult[]> {
    const { operation, leavesRecord = operation !== undefined, signal, onOutput } = options
    if (this.#ended) throw this.#ended
    const { host, limits } = this.#settings
    if (signal?.aborted) throw interrupted(host, signal)
    if (sections.length === 0) return []
    const message = encodeMessage(sections, operation)
    this.roundTrips += 1
    if (leavesRecord) this.#hasRecord = true
    const { promise, resolve, reject } = Promise.withResolvers<SectionResult[]>()
    const abort = () => this.#giveUp(interrupted(host, signal))
    const first = this.#decoder.expect(budgetsOf(sections, limits))
    this.#pending = { sections, results: [], first, onOutput, resolve, reject }
    this.#watch.start()
    this.#watch.begin(timeLimitOf(sections[0] as Section, limits))
    signal?.addEventListener('abort', abort, { once: true })
    // A message that was not sent whole leaves the host waiting for the rest: nothing more can be asked there.
    this.#send(message.head, message.contents).catch((thrown) => this.#giveUp(thrown))
    try {
      return await promise
    } finally {
      this.#pending = undefined
      this.#watch.stop()
      signal?.removeEventListener('abort', abort)
    }
  }

  async #send(head: Buffer, contents: readonly Content[]): Promise<void> {
    await this.#write(head)
    for (const content of contents) {
      for await (const chunk of bytesOf(content)) await this.#write(chunk)
      await this.#write(endOfContent)
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#ended) throw this.#ended
    await this.#channel?.write(bytes)
    this.#watch.heard()
  }

  // The greeting, which may still be under way, is no output of what was asked.
  #output(stream: Stream, chunk: Buffer, section: number): void {
    if (this.#pending && section >= this.#pending.first) {
      this.#pending.onOutput?.(section - this.#pending.first, stream, chunk)
    }
  }

  #section(result: SectionResult): void {
    if (this.#processId === undefined) {
      this.#greet(result)
      return
    }
    const pending = this.#pending
    if (!pending) return
    pending.results.push(result)
    const next = pending.sections[pending.results.length]
    if (next) {
      this.#watch.begin(timeLimitOf(next, this.#settings.limits))
    } else {
      this.#pending = undefined
      pending.resolve(pending.results)
    }
  }

  #greet(result: SectionResult): void {
    const greeting = parseGreeting(this.answersIn(result).answers)
    if (!greeting) {
      this.#giveUp(notUnderstood(this.#settings, { kind: 'broken', detail: 'its greeting is missing' }))
      return
    }
    this.#processId = greeting.processId
    this.#greeting.resolve(greeting)
  }

  // A second session on the same connection looks at the shell of this one.
  async #probe(): Promise<ShellState> {
    const processId = this.#processId
    if (processId === undefined) return { kind: 'unknown' }
    const ready = randomBytes(16).toString('hex')
    const { promise, resolve } = Promise.withResolvers<void>()
    const decoder = new StringDecoder('latin1')
    let text = ''
    const channel = await this.#connection.open(probeCommand(processId, ready), {
      stdout: (chunk) => {
        text = `${text}${decoder.write(chunk)}`.slice(-longestProbeCharacters)
      },
      stderr: () => {},
      closed: () => resolve(),
    })
    channel.end()
    await promise
    return parseProbe(text, ready)
  }

  #close(end: ChannelEnd, start: ShellStart): void {
    this.#gone.resolve()
    const last = lastOf(this.#decoder.rest('stderr'))
    const isStarted = this.#processId !== undefined
    const printed = isStarted ? last : `${start.printed('stderr')}\n${last}`.trim()
    this.#giveUp((isStarted ? lost : refused)(this.#settings, end, printed))
  }

  #giveUp(error: FoobarDeployError): void {
    if (this.#ended) return
    this.#ended = error
    this.#end.reject(error)
    this.#greeting.reject(error)
    this.#pending?.reject(error)
    this.#watch.stop()
    this.#sayFarewell()
  }

  // What prints at any time may print into a reading too, where it cannot be told from what was read.
  #noteNoise(output: Buffer): void {
    const text = lastOf(output)
    if (text === '' || this.#hasNotedNoise) return
    this.#hasNotedNoise = true
    this.#settings.onNotice(
      `something that the login starts in the background prints into the session: ${JSON.stringify(text.slice(0, 100))}. Redirect its output in the start-up files of the login shell.`,
    )
  }

  #sayFarewell(): void {
    // Before it is ready, something else would read this.
    if (this.#isReady) this.#channel?.write(farewell).catch(() => {})
    this.#channel?.end()
  }

  #unlessEnded<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#end.promise])
  }
}

const longestLastWords = 2000

function lastOf(bytes: Buffer): string {
  return bytes.subarray(-longestLastWords).toString().trim()
}

async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const timer = Promise.withResolvers<void>()
  const waiting = setTimeout(timer.resolve, ms)
  await Promise.race([promise, timer.promise])
  clearTimeout(waiting)
}

async function* bytesOf(content: Content): AsyncGenerator<Uint8Array> {
  const plain = content instanceof Secret ? content.reveal() : content
  if (typeof plain === 'string') yield Buffer.from(plain)
  else if (plain instanceof Uint8Array) yield plain
  else {
    const length = contentLength(plain)
    let sent = 0
    for await (const chunk of createReadStream(plain.file, {
      end: Math.max(0, length - 1),
      highWaterMark: 256 * 1024,
    })) {
      sent += (chunk as Buffer).length
      yield chunk as Buffer
    }
    if (sent !== length) {
      throw new FoobarDeployError('definition', 'file-moved', 'A local file changed while it was being sent', {
        detail: `${plain.file} had ${length} bytes, ${sent} were there`,
      })
    }
  }
}
