/** A host that a test scripts: what its shells answer to each message, and when the connection is lost. */

import { FoobarDeployError } from '../../../src/errors.ts'
import type { ChannelListener, Connection, Transport } from '../../../src/transport/transport.ts'

/** What a shell does with a message. */
export type Reaction =
  /** Each section ends with status 0, after this output. */
  | { readonly kind: 'answer'; readonly outputs: readonly string[] }
  /** The same, when it comes to that. */
  | { readonly kind: 'later'; readonly until: Promise<readonly string[]> }
  /** The connection is lost. */
  | { readonly kind: 'cut' }
  /** Nothing is ever heard again. */
  | { readonly kind: 'silence' }

/** A message as a shell gets it. */
export interface Received {
  /** The connection it came by, from 1. */
  readonly connection: number
  /** `sudo -u` of the shell; undefined for the login user. */
  readonly user: string | undefined
  readonly text: string
  /** The name of the operation, where it is one. */
  readonly operation: string | undefined
}

/** What a scripted host is. */
export interface Script {
  /** The boot that a connection finds. */
  bootId?(connection: number): string
  /** Fails a connection. */
  connect?(connection: number): FoobarDeployError | undefined
  /** What the login prints before the shell is ready, and what it asks. */
  login?(send: (stream: 'stdout' | 'stderr', text: string) => void, ready: () => void, received: string): void
  react(message: Received): Reaction
}

/** The transport to it, and what happened. */
export interface ScriptedHost {
  readonly transport: Transport
  readonly messages: Received[]
  /** Connections that were made. */
  connections(): number
  /** Connections that are open. */
  open(): number
  /** Cuts the newest connection. */
  cut(): void
}

export const connectionLost = () =>
  new FoobarDeployError('unreachable', 'connection-lost', 'The connection was lost', { host: 'web1' })

/** Makes a host that follows `script`. */
export function scriptedHost(script: Script): ScriptedHost {
  const messages: Received[] = []
  const alive = new Set<() => void>()
  let made = 0
  const transport: Transport = {
    async connect() {
      made += 1
      const number = made
      const refused = script.connect?.(number)
      if (refused) throw refused
      const listeners = new Set<ChannelListener>()
      const lose = () => {
        alive.delete(lose)
        for (const listener of listeners) listener.closed({ kind: 'lost', error: connectionLost() })
        listeners.clear()
      }
      alive.add(lose)
      const connection: Connection = {
        async open(command, listener) {
          listeners.add(listener)
          const shell = scriptedShell(script, number, command, listener, messages, lose)
          return { write: async (bytes) => shell(Buffer.from(bytes).toString()), end: () => {} }
        },
        close: lose,
        traffic: () => ({ sent: 10, received: 10 }),
      }
      return connection
    },
  }
  return {
    transport,
    messages,
    connections: () => made,
    open: () => alive.size,
    cut: () => [...alive].at(-1)?.(),
  }
}

// Reads what is written to it as the loop on a host does; contents are not told apart from what follows.
function scriptedShell(
  script: Script,
  connection: number,
  command: string,
  listener: ChannelListener,
  messages: Received[],
  lose: () => void,
): (text: string) => void {
  const [, first = '', second = ''] = /sh [^ ]+ ([0-9a-f]{16}) ([0-9a-f]{16})/.exec(command) ?? []
  const user = / -u (\S+) --/.exec(command)?.[1]
  const send = (stream: 'stdout' | 'stderr', text: string) => listener[stream](Buffer.from(text))
  const both = (text: string) => {
    send('stdout', text)
    send('stderr', text)
  }
  let isReady = false
  const ready = () => {
    isReady = true
    both(`\n${first}${second}\n`)
  }
  let input = ''
  let mark: string | undefined
  const line = () => {
    const end = input.indexOf('\n')
    const text = input.slice(0, end)
    input = input.slice(end + 1)
    return text
  }
  const answer = (text: string) => send('stdout', `\n${mark}=${text}\n`)
  const print = (outputs: readonly string[]) => {
    for (const output of outputs) {
      for (const said of output.split('\n')) {
        if (said.startsWith('=')) answer(said.slice(1))
        else if (said !== '') send('stdout', `${said}\n`)
      }
      both(`\n${mark} 0\n`)
    }
  }
  queueMicrotask(() => (script.login ? script.login(send, ready, '') : ready()))
  return (text) => {
    input += text
    if (!isReady) {
      script.login?.(send, ready, line())
      return
    }
    if (mark === undefined) {
      if (input.split('\n').length < 3) return
      mark = line()
      line()
      answer(`boot ${script.bootId?.(connection) ?? 'boot-1'}`)
      answer('shell 4711')
      answer('writing ')
      both(`\n${mark} 0\n`)
    }
    for (let length = Number.parseInt(input, 10); length > 0; length = Number.parseInt(input, 10)) {
      line()
      const message = input.slice(0, length)
      input = input.slice(length)
      const received: Received = {
        connection,
        user,
        text: message,
        operation: /echo "\$\$ \$T \$B" >"\$D\/(\d+)"/.exec(message)?.[1],
      }
      if (message.includes('a ready')) {
        // The place for the record of operations is there.
        print(['=ready'])
        continue
      }
      messages.push(received)
      const reaction = script.react(received)
      if (reaction.kind === 'cut') queueMicrotask(lose)
      if (reaction.kind === 'answer') print(reaction.outputs)
      if (reaction.kind === 'later') void reaction.until.then(print)
    }
  }
}
