/** A wire to the shells of a namespace host without SSH: fast, and it knows where messages and sections end. */

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
import { Meter, type Moment, type Wire, type WireProcesses } from './wire.ts'

/** One shell of a connection. */
interface Shell {
  readonly child: ChildProcessWithoutNullStreams
  readonly listener: ChannelListener
  /** Which connection it belongs to. */
  readonly generation: number
  isFrozen: boolean
  end(end: ChannelEnd): void
}

/** After how long without an answer the toolkit believes a connection lost. */
const noticedMs = 300

// sshd’s part: a process of its name between the wire and the shell, which dies with the connection.
const underSshd =
  'echo sshd-session >/proc/$$/comm; exec 3<&0 </dev/null; /bin/sh -c "$1" <&3 3<&- & exec 3<&-; wait $!'

const sectionEnd = /\n[0-9a-f]{32} [0-9-]+\n/g

/** A transport that starts shells in the host, and fails as the injection says. */
export class ShellWire implements Transport, Wire {
  readonly meter: Meter
  readonly #host: NamespaceHost
  readonly #onSection: () => void
  readonly #shells = new Set<Shell>()
  // Shells that the toolkit believes lost and the host does not.
  readonly #forgotten = new Set<Shell>()
  #refusals = 0
  #isDead = false
  #generation = 0
  #tail = ''

  /** A wire on which `strike` is called once, at `moment`; `onSection` hears of each section that came back. */
  constructor(
    host: NamespaceHost,
    moment?: Moment,
    strike: (wire: ShellWire) => void = () => {},
    onSection = () => {},
  ) {
    this.#host = host
    this.meter = new Meter(moment, () => strike(this))
    this.#onSection = onSection
  }

  cut({ hangUp }: { readonly hangUp: boolean }): void {
    if (hangUp) for (const shell of this.processes().shells) kill(shell, 'SIGHUP')
    for (const shell of [...this.#shells]) {
      for (const sshd of childrenOf(shell.child.pid ?? 0)) kill(sshd, 'SIGKILL')
      shell.end(lost('it was cut'))
    }
    this.#generation += 1
  }

  freeze(): void {
    const frozen = [...this.#shells]
    for (const shell of frozen) {
      shell.isFrozen = true
      shell.child.stdout.pause()
      shell.child.stderr.pause()
    }
    setTimeout(() => {
      this.#generation += 1
      for (const shell of frozen) {
        this.#shells.delete(shell)
        this.#forgotten.add(shell)
        shell.listener.closed(lost('no answer'))
      }
    }, noticedMs)
  }

  refuse(count: number): void {
    this.#refusals = count
  }

  /** Ends the run as the death of the controller does: nothing is ever sent again. The host may notice, or not. */
  die({ isNoticed }: { readonly isNoticed: boolean }): void {
    this.#isDead = true
    if (isNoticed) this.cut({ hangUp: false })
    else this.freeze()
  }

  giveUp(): void {
    for (const shell of this.#forgotten) this.#endSshd(shell)
  }

  inject(bytes: Buffer): void {
    const [shell] = [...this.#shells].slice(-1)
    shell?.listener.stdout(bytes)
  }

  processes(): WireProcesses {
    const sshd = [...this.#shells].flatMap(({ child }) => childrenOf(child.pid ?? 0))
    const shells = sshd.flatMap(childrenOf)
    return { sshd, shells, below: shells.flatMap(descendantsOf) }
  }

  connect(target: Target): Promise<Connection> {
    this.meter.count('connection')
    if (this.#isDead) return Promise.reject(new ControllerDied())
    if (!this.#host.isOn || this.#refusals > 0) {
      this.#refusals = Math.max(0, this.#refusals - 1)
      return Promise.reject(unreachable('connection-refused', { host: target.name }))
    }
    const generation = this.#generation
    const isLost = () => this.#generation !== generation || !this.#host.isOn
    return Promise.resolve({
      open: (command, listener) => {
        this.meter.count('shell')
        if (isLost()) return Promise.reject(unreachable('connection-lost', { host: target.name }))
        return this.#open(command, listener)
      },
      close: () => {
        if (!isLost()) this.cut({ hangUp: true })
      },
      traffic: () => {
        const { in: sent, out, err } = this.meter.counts
        return { sent, received: out + err }
      },
    })
  }

  #open(command: string, listener: ChannelListener): Promise<Channel> {
    const child = this.#host.spawn('sh', ['-c', underSshd, 'sh', command])
    let isEnded = false
    const shell: Shell = {
      child,
      listener,
      generation: this.#generation,
      isFrozen: false,
      end: (end) => {
        if (isEnded) return
        isEnded = true
        this.#shells.delete(shell)
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
        if (!shell.isFrozen) listener.closed(end)
      },
    }
    this.#shells.add(shell)
    const hear = (stream: 'out' | 'err', deliver: (chunk: Buffer) => void) => (chunk: Buffer) => {
      for (const part of this.meter.parts(stream, chunk)) {
        if (isEnded || shell.isFrozen) return
        deliver(part)
        this.meter.count(stream, part.length)
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
    child.once('error', () => shell.end(lost('it could not be started')))
    child.once('close', (status, signal) => {
      shell.end(signal === null ? { kind: 'exit', status: status ?? 0 } : { kind: 'signal', signal })
    })
    child.once('exit', (_, signal) => {
      // sshd was ended, and with it the pipes to all shells of its connection.
      if (signal === null) return
      for (const one of [...this.#shells, ...this.#forgotten]) {
        if (one.generation === shell.generation) this.#endSshd(one)
      }
    })
    return Promise.resolve({
      write: async (bytes) => {
        for (const part of this.meter.parts('in', Buffer.from(bytes))) {
          if (isEnded) throw unreachable('channel-closed', { host: 'here' })
          // Nobody takes it, and nobody says so.
          if (shell.isFrozen) return new Promise(() => {})
          await new Promise<void>((resolve) => child.stdin.write(part, () => resolve()))
          this.meter.count('in', part.length)
        }
        this.meter.count('message')
      },
      end: () => {
        if (!shell.isFrozen) child.stdin.end()
      },
    })
  }

  #endSshd(shell: Shell): void {
    this.#forgotten.delete(shell)
    for (const sshd of childrenOf(shell.child.pid ?? 0)) kill(sshd, 'SIGKILL')
    shell.end(lost('sshd ended'))
  }

  #countSections(chunk: Buffer): void {
    const text = this.#tail + chunk.toString('latin1')
    const ends = [...text.matchAll(sectionEnd)]
    const last = ends.at(-1)
    this.#tail = text.slice(last ? last.index + last[0].length : Math.max(0, text.length - 48)).slice(-48)
    for (const _ of ends) {
      this.#onSection()
      this.meter.count('section')
    }
  }
}

function lost(detail: string): ChannelEnd {
  return { kind: 'lost', error: unreachable('connection-lost', { host: 'here', detail }) }
}

/** What ends a run on a wire whose controller is dead. */
export class ControllerDied extends Error {}
