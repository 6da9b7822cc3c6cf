/** What an error of a socket means. */

import type { FoobarDeployError } from '../errors.ts'
import { addressOf, type Destination } from './ssh-config/destination.ts'
import { type UnreachableCode, unreachable } from './unreachable.ts'

const codes = new Map<string, UnreachableCode>([
  ['ENOTFOUND', 'name-not-resolved'],
  ['EAI_AGAIN', 'name-not-resolved'],
  ['ECONNREFUSED', 'connection-refused'],
  ['ENOENT', 'connection-refused'],
  ['EHOSTUNREACH', 'no-route'],
  ['ENETUNREACH', 'no-route'],
  ['EHOSTDOWN', 'no-route'],
  ['ETIMEDOUT', 'connect-timed-out'],
  ['ECONNRESET', 'closed-early'],
  ['EPIPE', 'closed-early'],
])

/** What to do where a connection is closed before the host's sshd has said a word. */
export const closedEarlyHint =
  'Too many connections at once (MaxStartups), this machine is banned there for its failed logins (PerSourcePenalties, fail2ban), or the host is down behind a forwarded port: wait a little.'

const hints = new Map<UnreachableCode, string>([
  [
    'name-not-resolved',
    'Check the address in the inventory, HostName in ssh_config, and the resolver of this machine.',
  ],
  ['connection-refused', 'Is sshd running there, and on this port? Nothing is listening at this address.'],
  ['no-route', 'Check the address and the networks of this machine: a VPN, a bastion (proxyJump)?'],
  ['connect-timed-out', 'Check address, port and firewall.'],
  ['closed-early', closedEarlyHint],
])

/** The error for a socket that could not be connected, or broke before the login. */
export function socketFailure(cause: unknown, destination: Destination): FoobarDeployError {
  const first = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause
  const { code: systemCode = '', message = String(first) } = first as { code?: string; message?: string }
  const code = codes.get(systemCode) ?? 'connect-failed'
  const hint = hints.get(code)
  return unreachable(code, {
    host: destination.name,
    detail: `${addressOf(destination)}: ${message}`,
    ...(hint ? { hint } : {}),
    cause,
  })
}
