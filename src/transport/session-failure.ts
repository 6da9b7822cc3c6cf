/** What an error of the SSH library means, before the login is done. */

import { type FoobarDeployError, messageOf } from '../errors.ts'
import type { Login } from './login/login.ts'
import { closedEarlyHint, socketFailure } from './socket-failure.ts'
import { addressOf, type Destination, ignoredText } from './ssh-config/destination.ts'
import { unreachable } from './unreachable.ts'

// What sshd sends in place of its greeting, since OpenSSH 9.8.
const limitedHint =
  'Its sshd limits connections (MaxStartups) or penalises this machine for failed logins (PerSourcePenalties). Wait a minute and try again, connect to fewer hosts at a time with --forks, or wait longer with connectTimeoutMs.'

/** How far a connection has come. */
export type Stage = 'greeting' | 'key exchange' | 'login'

/**
 * The error for `thrown` at `stage`; without it the host has closed the connection. `greeting` is what it had sent until
 * then.
 */
export function sessionFailure(
  thrown: unknown,
  stage: Stage,
  destination: Destination,
  login: Login | undefined,
  greeting = '',
): FoobarDeployError {
  const { level, code } = (thrown ?? {}) as { level?: string; code?: unknown }
  const message = thrown === undefined ? 'the host closed the connection' : messageOf(thrown)
  const details = (hint: string) => ({
    host: destination.name,
    detail: `${addressOf(destination)}: ${message}`,
    hint,
    cause: thrown,
  })
  const refusal = /^(Not allowed at this time|Exceeded MaxStartups)\r?$/m.exec(greeting)?.[1]
  if (refusal !== undefined && !/^SSH-/m.test(greeting)) {
    return unreachable('connections-limited', {
      ...details(limitedHint),
      detail: `${addressOf(destination)}: its sshd answers ${JSON.stringify(refusal)}`,
    })
  }
  if (stage === 'login' && login) return login.failure(thrown ?? new Error(message))
  if (/no matching/.test(message)) {
    return unreachable('no-common-algorithm', {
      ...details('Its sshd is very old or very restricted; see `sshd -T` there.'),
      detail: `${addressOf(destination)}: ${message}${ignoredText(destination, 'key exchange')}`,
    })
  }
  if (/identification|protocol version|greeting/i.test(message)) {
    return unreachable('not-ssh', details('Check the port: something else answers there.'))
  }
  const isForeign = greeting !== '' && !/^SSH-/m.test(greeting)
  if (stage === 'greeting' && isForeign) {
    const said = JSON.stringify(greeting.slice(0, 60).split(/\r?\n/)[0])
    return unreachable('not-ssh', {
      ...details('Check the port: something else answers there.'),
      detail: `${addressOf(destination)}: it says ${said}`,
    })
  }
  if (level === 'client-socket' && typeof code === 'string') return socketFailure(thrown, destination)
  if (stage === 'greeting') {
    return unreachable('closed-early', details(closedEarlyHint))
  }
  return unreachable('connect-failed', details('Look into the log of its sshd.'))
}
