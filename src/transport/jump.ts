/** ProxyJump: a link through a connection to a bastion. */

import type { ConnectAttempt } from './connect-attempt.ts'
import type { Link } from './link.ts'
import type { Session } from './session.ts'
import { addressOf, type Destination } from './ssh-config/destination.ts'
import { unreachable } from './unreachable.ts'

/** The link from the bastion of `session` to `destination`. It owns the session: closing the one closes the other. */
export async function linkThrough(session: Session, destination: Destination, attempt: ConnectAttempt): Promise<Link> {
  const { promise, resolve, reject } = Promise.withResolvers<Link>()
  attempt.phase = `asking the bastion for ${destination.host}:${destination.port}`
  session.onLost(reject)
  session.client.forwardOut('127.0.0.1', 0, destination.host, destination.port, (error, stream) => {
    if (error) {
      return reject(
        unreachable('proxy-failed', {
          host: destination.name,
          detail: `the bastion could not connect to ${addressOf(destination)}: ${error.message}`,
          hint: 'Can the bastion reach this address, and does its sshd allow it (AllowTcpForwarding)?',
          cause: error,
        }),
      )
    }
    attempt.phase = 'waiting for the greeting of sshd behind the bastion'
    // What the bastion loses, what is behind it has lost too; its own stream might never tell.
    session.onLost(() => stream.emit('close'))
    stream.on('error', () => {})
    stream.on('close', () => session.close())
    resolve({
      stream,
      traffic: session.link.traffic,
      close() {
        stream.end()
        session.close()
      },
      explain: () => session.lost()?.detail,
    })
  })
  return attempt.race(promise)
}
