/** Links: the stream of bytes that leads to a host's sshd, over TCP or a Unix socket. */

import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectAttempt } from './connect-attempt.ts'
import { socketFailure } from './socket-failure.ts'
import type { Destination, Route } from './ssh-config/destination.ts'

/** Bytes both ways, and how many. */
export interface Link {
  readonly stream: Duplex
  traffic(): { readonly sent: number; readonly received: number }
  /** Closes it as soon as what has been written is on its way. */
  close(): void
  /** What is known of why it ended. */
  explain(): string | undefined
}

/** Starts the link to `destination`; it need not be connected yet. */
export function startLink(
  destination: Destination,
  route: Exclude<Route, { kind: 'jump' | 'command' }>,
  attempt: ConnectAttempt,
): Link {
  const socket =
    route.kind === 'unix'
      ? connect({ path: route.path })
      : // With Nagle's algorithm every packet of the login would wait for the acknowledgement of the one before.
        connect({ host: destination.host, port: destination.port, noDelay: true })
  socket.on('connect', () => {
    attempt.phase = 'waiting for the greeting of sshd'
  })
  return linkOf(socket, destination, attempt)
}

function linkOf(socket: Socket, destination: Destination, attempt: ConnectAttempt): Link {
  socket.on('error', (cause) => attempt.fail(socketFailure(cause, destination)))
  attempt.onFailure(() => socket.destroy())
  return {
    stream: socket,
    traffic: () => ({ sent: socket.bytesWritten, received: socket.bytesRead }),
    close: () => socket.destroySoon(),
    explain: () => undefined,
  }
}
