/** The transport without a network: a channel is a local `sh -c`, with the same promises as one over SSH. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { kill } from 'node:process'
import type { FoobarDeployError } from '../errors.ts'
import { stopIfAborted } from './interrupted.ts'
import type { Channel, ChannelEnd, ChannelListener, Connection, Target, Transport } from './transport.ts'
import { unreachable } from './unreachable.ts'
import { inputOf } from './writable-input.ts'

/** Makes the transport that runs commands on this machine, as the user who runs the toolkit. */
export function createLocalTransport(): Transport {
  return {
    async connect(target, signal) {
      stopIfAborted(signal, target.name)
      return createLocalConnection(target)
    },
  }
}

interface Running {
  readonly child: ChildProcessWithoutNullStreams
  lose(error: FoobarDeployError): void
}

function createLocalConnection(target: Target): Connection {
  const running = new Set<Running>()
  const traffic = { sent: 0, received: 0 }
  let closed = false

  const open = (command: string, listener: ChannelListener): Promise<Channel> => {
    if (closed) return Promise.reject(closedHere(target))
    // An own process group, so that Ctrl-C at the terminal reaches the toolkit alone, as with a remote process.
    const child = spawn('/bin/sh', ['-c', command], { stdio: 'pipe', detached: true })
    const { promise, resolve, reject } = Promise.withResolvers<Channel>()
    let ended = false
    const finish = (end: ChannelEnd) => {
      if (ended) return
      ended = true
      running.delete(entry)
      listener.closed(end)
    }
    const entry: Running = { child, lose: (error) => finish({ kind: 'lost', error }) }
    running.add(entry)
    child.stdout.on('data', (chunk: Buffer) => {
      traffic.received += chunk.length
      if (!ended) listener.stdout(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      traffic.received += chunk.length
      if (!ended) listener.stderr(chunk)
    })
    const input = inputOf(child.stdin, target.name)
    child.once('spawn', () =>
      resolve({
        write(bytes) {
          traffic.sent += bytes.length
          return input.write(bytes)
        },
        end: () => input.end(),
      }),
    )
    child.once('error', (cause) => {
      running.delete(entry)
      reject(unreachable('channel-refused', { host: target.name, detail: cause.message, cause }))
    })
    child.once('close', (status, signal) => {
      finish(signal === null ? { kind: 'exit', status: status ?? 0 } : { kind: 'signal', signal })
    })
    return promise
  }

  return {
    open,
    close() {
      closed = true
      for (const { child, lose } of [...running]) {
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
        hangUp(child)
        lose(closedHere(target))
      }
    },
    traffic: () => ({ ...traffic }),
  }
}

function closedHere(target: Target): FoobarDeployError {
  return unreachable('connection-lost', { host: target.name, detail: 'it was closed by the toolkit' })
}

function hangUp({ pid }: ChildProcessWithoutNullStreams): void {
  if (pid === undefined) return
  try {
    kill(-pid, 'SIGHUP')
  } catch {
    // The group has ended by itself.
  }
}
