/** A wire to a namespace host over real SSH: a socket that leads to an sshd of the host for each connection. */

import { type ChildProcessWithoutNullStreams, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { ConnectionSettings } from '../../src/model/host.ts'
import type { HostileBehaviour } from './injection.ts'
import type { NamespaceHost } from './namespace-host.ts'
import { childrenOf, commandName, descendantsOf, kill } from './processes.ts'
import { Meter, type Moment, type Wire, type WireProcesses } from './wire.ts'

const folder = '/etc/faults'

/** Puts the files that sshd needs into a template’s root folder, and the client’s into `sources`. */
export function addSshd(root: string, sources: string): void {
  mkdirSync(join(root, folder), { recursive: true })
  const key = (path: string) => execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-a', '1', '-f', path])
  key(join(root, folder, 'host_key'))
  key(join(sources, 'id'))
  const [type, hostKey] = readFileSync(join(root, folder, 'host_key.pub'), 'utf8').split(' ')
  writeFileSync(join(sources, 'known_hosts'), `here ${type} ${hostKey}\n`)
  writeFileSync(join(root, folder, 'authorized_keys'), readFileSync(join(sources, 'id.pub')))
  const lines = [
    `HostKey ${folder}/host_key`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PidFile none',
    'UseDNS no',
    // Else a login whose client is lost would be there for two minutes.
    'LoginGraceTime 20',
  ]
  writeFileSync(join(root, folder, 'sshd_config'), `${lines.join('\n')}\n`)
}

/** How the host is reached by a wire that listens at `socketPath`. */
export function sshSettings(sources: string, socketPath: string): ConnectionSettings {
  return {
    user: 'root',
    socketPath,
    identityFile: join(sources, 'id'),
    knownHostsFile: join(sources, 'known_hosts'),
    hostKeyAlias: 'here',
    sshConfigFile: false,
    keepaliveIntervalMs: 400,
  }
}

interface Pair {
  readonly near: Socket
  readonly sshd: ChildProcessWithoutNullStreams
  isFrozen: boolean
}

/** See the file’s first line. */
export class SshWire implements Wire {
  readonly meter: Meter
  readonly #host: NamespaceHost
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #refusals = 0
  #hostile: HostileBehaviour | undefined

  private constructor(host: NamespaceHost, moment: Moment | undefined, strike: (wire: SshWire) => void) {
    this.#host = host
    this.meter = new Meter(moment, () => strike(this))
    this.#server = createServer((near) => this.#accept(near))
  }

  /** A wire that listens at `socketPath`, on which `strike` is called once, at `moment`. */
  static async listen(
    socketPath: string,
    host: NamespaceHost,
    moment?: Moment,
    strike: (wire: SshWire) => void = () => {},
  ): Promise<SshWire> {
    const wire = new SshWire(host, moment, strike)
    await new Promise<void>((resolve) => wire.#server.listen(socketPath, resolve))
    return wire
  }

  /** Takes no more connections. */
  close(): void {
    this.#server.close()
    this.cut()
  }

  cut(): void {
    for (const { near, sshd } of this.#pairs) {
      near.destroy()
      end(sshd)
    }
  }

  freeze(): void {
    for (const pair of this.#pairs) {
      pair.isFrozen = true
      pair.near.pause()
      pair.sshd.stdout.pause()
    }
  }

  refuse(count: number): void {
    this.#refusals = count
  }

  /** Answers all connections from now on as no sshd does. */
  becomeHostile(behaviour: HostileBehaviour): void {
    this.#hostile = behaviour
  }

  inject(bytes: Buffer): void {
    const [pair] = [...this.#pairs].slice(-1)
    pair?.near.write(bytes)
  }

  processes(): WireProcesses {
    const sshd = [...this.#pairs].flatMap((pair) => childrenOf(pair.sshd.pid ?? 0))
    const all = sshd.flatMap(descendantsOf)
    const isSshd = (pid: number) => commandName(pid).startsWith('sshd')
    const others = all.filter((pid) => !isSshd(pid))
    const shells = [...sshd, ...all.filter(isSshd)].flatMap(childrenOf).filter((pid) => !isSshd(pid))
    return { sshd: [...sshd, ...all.filter(isSshd)], shells, below: others.filter((pid) => !shells.includes(pid)) }
  }

  giveUp(): void {
    for (const { sshd } of this.#pairs) end(sshd)
  }

  #accept(near: Socket): void {
    this.meter.count('connection')
    near.on('error', () => {})
    if (this.#hostile) {
      answer(near, this.#hostile)
      return
    }
    if (!this.#host.isOn || this.#refusals > 0) {
      this.#refusals = Math.max(0, this.#refusals - 1)
      near.destroy()
      return
    }
    const sshd = this.#host.spawn('/usr/sbin/sshd', ['-i', '-f', `${folder}/sshd_config`])
    const pair: Pair = { near, sshd, isFrozen: false }
    this.#pairs.add(pair)
    sshd.stderr.resume()
    sshd.stdin.on('error', () => {})
    sshd.stdout.on('error', () => {})
    const pass = (stream: 'in' | 'out', into: { write(chunk: Buffer): unknown }) => (chunk: Buffer) => {
      for (const part of this.meter.parts(stream, chunk)) {
        if (pair.isFrozen || near.destroyed) return
        into.write(part)
        this.meter.count(stream, part.length)
      }
    }
    near.on('data', pass('in', sshd.stdin))
    sshd.stdout.on('data', pass('out', near))
    near.once('close', () => {
      // A frozen host never learns that the other side has gone.
      if (!pair.isFrozen) end(sshd)
    })
    sshd.once('exit', () => {
      this.#pairs.delete(pair)
      if (!pair.isFrozen) near.destroy()
    })
  }
}

// As a closed connection does it: sshd reads the end, and ends.
function end(sshd: ChildProcessWithoutNullStreams): void {
  for (const stream of [sshd.stdin, sshd.stdout]) stream.destroy()
  for (const pid of childrenOf(sshd.pid ?? 0)) kill(pid, 'SIGTERM')
}

function answer(near: Socket, behaviour: HostileBehaviour): void {
  near.resume()
  if (behaviour === 'garbage') near.end(Buffer.alloc(5000, 'HTTP/1.1 400 what?\r\n'))
  if (behaviour === 'half-a-greeting') near.write('SSH-2.0-Open')
  if (behaviour !== 'flood') return
  const more = () => {
    while (!near.destroyed && near.write(Buffer.alloc(1 << 16, 'x')));
  }
  near.on('drain', more)
  more()
}
