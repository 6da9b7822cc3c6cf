/** A wire to a namespace host that fails on demand: at a byte, at the boundary of a message, or at a connection. */

import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import type {
  Channel,
  ChannelEnd,
  ChannelListener,
  Connection,
  Target,
  Transport,
} from '../../src/transport/transport.ts'
import { unreachable } from '../../src/transport/unreachable.ts'
import type { NamespaceHost } from './namespace-host.ts'
import { childrenOf, descendantsOf, kill } from './processes.ts'

/** What is counted on the wire, over all connections: bytes to the host and back, and their boundaries. */
export interface Counts {
  /** Bytes on the shells' input, output and error output. */
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

/** One shell of a connection. */
interface Shell {
  readonly child: ChildProcessWithoutNullStreams
  readonly listener: ChannelListener
  end(end: ChannelEnd): void
}

// sshd’s part: a process of its name between the wire and the shell, which dies with the connection.
const underSshd =
  'echo sshd-session >/proc/$$/comm; exec 3<&0 </dev/null; /bin/sh -c "$1" <&3 3<&- & exec 3<&-; wait $!'

const sectionEnd = /\n[0-9a-f]{32} [0-9-]+\n/g

/** See the file's first line. */
export class Wire implements Transport {
  readonly counts: Counts = { in: 0, out: 0, err: 0, message: 0, section: 0, shell: 0, connection: 0 }
  /** Whether the fault has struck. */
  hasStruck = false
  readonly #host: NamespaceHost
  readonly #moment: Moment | undefined
  readonly #strike: (wire: Wire) => void
  readonly #onSection: () => void
  // Shells that the toolkit believes lost and the host does not.
  readonly #forgotten = new Set<ChildProcessWithoutNullStreams>()
  readonly #shells = new Set<Shell>()
  #refusals = 0
  #isDead = false
  #isFrozen = false
  #generation = 0
  #tail = ''

  /** A wire on which `strike` is called once, at `moment`; `onSection` hears of each section that came back. */
  constructor(host: NamespaceHost, moment?: Moment, strike: (wire: Wire) => void = () => {}, onSection = () => {}) {
    this.#host = host
    this.#moment = moment
    this.#strike = strike
    this.#onSection = onSection
  }

  /** Ends the connection; sshd ends with it. */
  cut({ hangUp }: { readonly hangUp: boolean }): void {
    for (const shell of [...this.#shells]) {
      if (hangUp && shell.child.pid !== undefined) kill(-shell.child.pid, 'SIGHUP')
      for (const sshd of childrenOf(shell.child.pid ?? 0)) kill(sshd, 'SIGKILL')
      shell.end(this.#lost('it was cut'))
    }
    this.#generation += 1
  }

  /** Lets nothing through any more. The toolkit notices after `noticedMs`; the host does not. */
  freeze(noticedMs: number): void {
    this.#isFrozen = true
    const frozen = [...this.#shells]
    for (const { child } of frozen) {
      child.stdout.pause()
      child.stderr.pause()
    }
    setTimeout(() => {
      this.#isFrozen = false
      this.#generation += 1
      for (const { listener, child } of frozen) {
        for (const shell of this.#shells) if (shell.child === child) this.#shells.delete(shell)
        this.#forgotten.add(child)
        listener.closed(this.#lost('no answer'))
      }
    }, noticedMs)
  }

  /** Refuses the next connections. */
  refuse(count: number): void {
    this.#refusals = count
  }

  /** Ends the run as the death of the controller does: nothing is ever sent again. The host may notice, or not. */
  die({ isNoticed }: { readonly isNoticed: boolean }): void {
    this.#isDead = true
    if (isNoticed) this.cut({ hangUp: false })
    else this.freeze(0)
  }

  /** What sshd does in the end where the other side is gone: it ends. */
  giveUp(): void {
    for (const child of this.#forgotten) {
      for (const sshd of childrenOf(child.pid ?? 0)) kill(sshd, 'SIGKILL')
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
    }
    this.#forgotten.clear()
  }

  /** Puts bytes into a shell's output, as a profile or a hostile host may. */
  inject(bytes: Buffer): void {
    const [shell] = [...this.#shells].slice(-1)
    shell?.listener.stdout(bytes)
  }

  /** The pids of sshd’s processes, and of the shells below them. */
  processes(): {
    readonly sshd: readonly number[]
    readonly shells: readonly number[]
    readonly below: readonly number[]
  } {
    const sshd = [...this.#shells].flatMap(({ child }) => childrenOf(child.pid ?? 0))
    const shells = sshd.flatMap(childrenOf)
    return { sshd, shells, below: shells.flatMap(descendantsOf) }
  }

  /** Whether shells are open. */
  get isOpen(): boolean {
    return this.#shells.size > 0
  }

  connect(target: Target): Promise<Connection> {
    this.#count('connection', 1)
    if (this.#isDead) return Promise.reject(new ControllerDied())
    if (!this.#host.isOn) {
      return Promise.reject(unreachable('connection-refused', { host: target.name, detail: 'it is off' }))
    }
    if (this.#refusals > 0) {
      this.#refusals -= 1
      return Promise.reject(unreachable('connection-refused', { host: target.name }))
    }
    const generation = this.#generation
    const isLost = () => this.#generation !== generation
    return Promise.resolve({
      open: (command, listener) => {
        this.#count('shell', 1)
        if (isLost() || !this.#host.isOn) {
          const lost = this.#lost('it was cut')
          return Promise.reject(lost.kind === 'lost' ? lost.error.with({ host: target.name }) : lost)
        }
        return this.#open(command, listener)
      },
      close: () => {
        if (!isLost()) this.cut({ hangUp: true })
      },
      traffic: () => ({ sent: this.counts.in, received: this.counts.out + this.counts.err }),
    })
  }

  #open(command: string, listener: ChannelListener): Promise<Channel> {
    const child = this.#host.spawn('sh', ['-c', underSshd, 'sh', command])
    let isEnded = false
    const shell: Shell = {
      child,
      listener,
      end: (end) => {
        if (isEnded) return
        isEnded = true
        this.#shells.delete(shell)
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
        listener.closed(end)
      },
    }
    this.#shells.add(shell)
    const hear = (stream: 'out' | 'err', deliver: (chunk: Buffer) => void) => (chunk: Buffer) => {
      for (const part of this.#parts(stream, chunk)) {
        if (isEnded || this.#isFrozen) return
        deliver(part)
        this.#count(stream, part.length)
        if (stream === 'out') this.#countSections(part)
      }
    }
    child.stdout.on(
      'data',
      hear('out', (chunk) => listener.stdout(chunk)),
    )
    child.stderr.on(
      'data',
      hear('err', (chunk) => listener.stderr(chunk)),
    )
    child.stdin.on('error', () => {})
    child.once('error', () => shell.end(this.#lost('it could not be started')))
    child.once('close', (status, signal) => {
      shell.end(signal === null ? { kind: 'exit', status: status ?? 0 } : { kind: 'signal', signal })
    })
    child.once('exit', (_, signal) => {
      // sshd was ended, and the pipes to the shell with it.
      if (signal !== null) shell.end(this.#lost('sshd ended'))
    })
    return Promise.resolve({
      write: async (bytes) => {
        for (const part of this.#parts('in', Buffer.from(bytes))) {
          if (isEnded) throw unreachable('channel-closed', { host: 'here' })
          // Nobody takes it, and nobody says so.
          if (this.#isFrozen) return new Promise(() => {})
          await new Promise<void>((resolve) => child.stdin.write(part, () => resolve()))
          this.#count('in', part.length)
        }
        this.#count('message', 1)
      },
      end: () => {
        if (!this.#isFrozen) child.stdin.end()
      },
    })
  }

  // The chunk in two where the fault strikes within it.
  #parts(stream: 'in' | 'out' | 'err', chunk: Buffer): Buffer[] {
    const { after, count } = this.#moment ?? {}
    const left = after === stream && count !== undefined ? count - this.counts[stream] : 0
    if (this.hasStruck || left <= 0 || left >= chunk.length) return [chunk]
    return [chunk.subarray(0, left), chunk.subarray(left)]
  }

  #countSections(chunk: Buffer): void {
    const text = this.#tail + chunk.toString('latin1')
    const ends = [...text.matchAll(sectionEnd)]
    const last = ends.at(-1)
    this.#tail = text.slice(last ? last.index + last[0].length : Math.max(0, text.length - 48)).slice(-48)
    for (const _ of ends) {
      this.#onSection()
      this.#count('section', 1)
    }
  }

  #count(what: keyof Counts, count: number): void {
    this.counts[what] += count
    if (this.hasStruck || this.#moment?.after !== what || this.counts[what] < this.#moment.count) return
    this.hasStruck = true
    this.#strike(this)
  }

  #lost(detail: string): ChannelEnd {
    return { kind: 'lost', error: unreachable('connection-lost', { host: 'here', detail }) }
  }
}

/** What ends a run on a wire whose controller is dead. */
export class ControllerDied extends Error {}
