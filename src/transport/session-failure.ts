/** What an error of the SSH library means, before the login is done. */

import { type FoobarDeployError, messageOf } from '../errors.ts'
import { addressOf, type Destination } from './destination.ts'
import type { Login } from './login.ts'
import { socketFailure } from './socket-failure.ts'
import { unreachable } from './unreachable.ts'

/** How far a connection has come. */
export type Stage = 'greeting' | 'key exchange' | 'login'

/** The error for `thrown` at `stage`; without it the host has closed the connection. */
export function sessionFailure(
  thrown: unknown,
  stage: Stage,
  destination: Destination,
  login: Login | undefined,
): FoobarDeployError {
  const { level, code } = (thrown ?? {}) as { level?: string; code?: unknown }
  const message = thrown === undefined ? 'the host closed the connection' : messageOf(thrown)
  const details = (hint: string) => ({
    host: destination.name,
    detail: `${addressOf(destination)}: ${message}`,
    hint,
    cause: thrown,
  })
  if (stage === 'login' && login) return login.failure(thrown ?? new Error(message))
  if (/no matching/.test(message)) {
    return unreachable('no-common-algorithm', details('Its sshd is very old or very restricted; see `sshd -T` there.'))
  }
  if (/identification|protocol version|greeting/i.test(message)) {
    return unreachable('not-ssh', details('Check the port: something else answers there.'))
  }
  const isCut = code === 'ECONNRESET' || code === 'EPIPE'
  if (level === 'client-socket' && typeof code === 'string' && !isCut) return socketFailure(thrown, destination)
  if (stage === 'greeting') {
    return unreachable(
      'connect-failed',
      details(
        'Closed before the greeting: too many connections at once (MaxStartups), or this machine is banned there.',
      ),
    )
  }
  return unreachable('connect-failed', details('Look into the log of its sshd.'))
}
