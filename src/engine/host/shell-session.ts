/** A session: one shell on a host, kept open, that answers exchanges one after the other. */

import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Content } from '../../plan/action.ts'
import { type Bootstrap, bootstrapCommand, farewell, type Greeting, parseGreeting } from '../../protocol/bootstrap.ts'
import { Decoder, type Stream } from '../../protocol/decoder.ts'
import { contentLength, encodeMessage, endOfContent } from '../../protocol/message.ts'
import type { Section, SectionResult } from '../../protocol/section.ts'
import { Secret } from '../../shell/secret.ts'
import type { Channel, ChannelEnd, Connection } from '../../transport/transport.ts'
import { PasswordPrompt } from './password-prompt.ts'

/** What a session is opened with. */
export interface SessionSettings extends Omit<Bootstrap, 'passwordPrompt'> {
  /** Name of the host, for errors. */
  readonly host: string
  /** The folder on the host for what this run keeps while it lasts. */
  readonly folder: string
  /** Password for sudo, if it is known. */
  readonly password?: Secret
}

/** How one exchange is made. */
export interface ExchangeOptions {
  /** Name of the operation, where the exchange changes something. */
  readonly operation?: string
  /** Hears the output of the section with this index as it comes. */
  onOutput?(section: number, stream: Stream, chunk: Buffer): void
}

interface Pending {
  readonly wanted: number
  readonly results: SectionResult[]
  readonly onOutput: ExchangeOptions['onOutput']
  resolve(results: SectionResult[]): void
  reject(error: Error): void
}

const longestFarewellMs = 1000

/** See the file's first line. Exchanges that are asked for while one is under way wait for their turn. */
export class ShellSession {
  /** Exchanges made so far. */
  exchanges = 0
  readonly #settings: SessionSettings
  readonly #decoder: Decoder
  #channel!: Channel
  #pending: Pending | undefined
  #greeting = Promise.withResolvers<Greeting>()
  #greeted = false
  #ended: FoobarDeployError | undefined
  // Whether the host keeps a record of an operation for this session.
  #hasRecord = false
  readonly #gone = Promise.withResolvers<void>()
  #queue: Promise<unknown> = Promise.resolve()

  private constructor(settings: SessionSettings, mark: string) {
    this.#settings = settings
    this.#greeting.promise.catch(() => {})
    this.#decoder = new Decoder(mark, {
      output: (stream, chunk) => this.#pending?.onOutput?.(this.#pending.results.length, stream, chunk),
      section: (result) => this.#section(result),
    })
  }

  /** Starts the shell. It may be used at once; that it could not become its user shows in the first exchange. */
  static async open(connection: Connection, settings: SessionSettings): Promise<ShellSession> {
    const mark = randomBytes(16).toString('hex')
    const session = new ShellSession(settings, mark)
    const prompt = settings.password && settings.user !== undefined ? `${randomBytes(8).toString('hex')}:` : undefined
    const asking = prompt === undefined ? undefined : new PasswordPrompt(prompt)
    const command = bootstrapCommand({ user: settings.user, readOnly: settings.readOnly, passwordPrompt: prompt })
    session.#channel = await connection.open(command, {
      stdout: (chunk) => {
        asking?.tell('started')
        session.#decoder.push('stdout', chunk)
      },
      stderr: (chunk) => session.#decoder.push('stderr', asking ? asking.push(chunk) : chunk),
      closed: (end) => {
        session.#close(end)
        asking?.tell('closed')
      },
    })
    // With a password the mark must wait: sudo would take it for the answer. Without one it travels with the command.
    if (asking && settings.password && (await asking.next()) === 'asked') {
      await session.#channel.write(Buffer.from(`${settings.password.reveal()}\n`))
      // Asked again: it was wrong, and one wrong attempt is enough.
      if ((await asking.next()) === 'asked') {
        session.#channel.end()
        while ((await asking.next()) !== 'closed');
      }
    }
    if (!session.#ended) await session.#channel.write(Buffer.from(`${mark}\n${settings.folder}\n`))
    return session
  }

  /** What the shell said of itself; rejects where it could not be started. */
  greeting(): Promise<Greeting> {
    return this.#greeting.promise
  }

  /** Sends sections and waits for all their results. Rejects with `connection-lost` when the shell is gone. */
  exchange(sections: readonly Section[], options: ExchangeOptions = {}): Promise<SectionResult[]> {
    const turn = this.#queue.then(() => this.#exchange(sections, options))
    this.#queue = turn.catch(() => {})
    return turn
  }

  /** Lets the shell end by itself after what it is at, and forget the run; waits a little where there is a record to go. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#channel.write(farewell).catch(() => {})
    this.#channel.end()
    if (!this.#hasRecord) return
    const timer = Promise.withResolvers<void>()
    const waiting = setTimeout(timer.resolve, longestFarewellMs)
    await Promise.race([this.#gone.promise, timer.promise])
    clearTimeout(waiting)
  }

  async #exchange(sections: readonly Section[], options: ExchangeOptions): Promise<SectionResult[]> {
    if (this.#ended) throw this.#ended
    if (sections.length === 0) return []
    const message = encodeMessage(sections, options.operation)
    this.exchanges += 1
    if (options.operation !== undefined) this.#hasRecord = true
    const { promise, resolve, reject } = Promise.withResolvers<SectionResult[]>()
    this.#pending = { wanted: sections.length, results: [], onOutput: options.onOutput, resolve, reject }
    const sending = this.#send(message.head, message.contents)
    sending.catch((error) => this.#pending?.reject(this.#ended ?? error))
    try {
      return await promise
    } finally {
      this.#pending = undefined
    }
  }

  async #send(head: Buffer, contents: readonly Content[]): Promise<void> {
    if (contents.length === 0) return this.#channel.write(head)
    await this.#channel.write(head)
    for (const content of contents) {
      for await (const chunk of bytesOf(content)) await this.#channel.write(chunk)
      await this.#channel.write(endOfContent)
    }
  }

  #section(result: SectionResult): void {
    if (!this.#greeted) {
      this.#greeted = true
      this.#greeting.resolve(parseGreeting(result.stdout))
      return
    }
    const pending = this.#pending
    if (!pending) return
    pending.results.push(result)
    if (pending.results.length === pending.wanted) pending.resolve(pending.results)
  }

  #close(end: ChannelEnd): void {
    this.#gone.resolve()
    const said = this.#decoder.rest('stderr').toString().trim()
    this.#ended = this.#greeted ? lost(this.#settings, end, said) : refused(this.#settings, end, said)
    this.#greeting.reject(this.#ended)
    this.#pending?.reject(this.#ended)
  }
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

function lost({ host }: SessionSettings, end: ChannelEnd, said: string): FoobarDeployError {
  if (end.kind === 'lost') return end.error.with({ host })
  const how = end.kind === 'exit' ? `ended with status ${end.status}` : `was ended by signal ${end.signal}`
  return new FoobarDeployError('unreachable', 'shell-lost', 'The shell on the host is gone', {
    host,
    detail: `it ${how}${said === '' ? '' : `: ${said}`}`,
  })
}

function refused(settings: SessionSettings, end: ChannelEnd, said: string): FoobarDeployError {
  const { host, user, password } = settings
  if (end.kind === 'lost') return end.error.with({ host })
  const become = user !== undefined && /sudo|password|not allowed|not in the sudoers/i.test(said)
  if (become) {
    return new FoobarDeployError('unreachable', 'become-refused', `The login user may not become ${user}`, {
      host,
      detail: said,
      hint: /unknown user/i.test(said)
        ? `Check the name in become; make the user ${user} in an earlier play, as root.`
        : password
          ? 'Check becomePassword and the user’s rights: `sudo -l` on the host.'
          : 'Set becomePassword in the inventory, allow sudo without password, or set `become: false` in the play.',
    })
  }
  return new FoobarDeployError('unreachable', 'shell-refused', 'The host started no shell', {
    host,
    ...definedOnly({
      detail: said === '' ? `it ended with ${end.kind === 'exit' ? `status ${end.status}` : end.signal}` : said,
    }),
    hint: 'The user needs a POSIX sh and a login shell that runs commands.',
  })
}
