/** Why a host cannot be reached: the closed list of codes, each with its fixed words. */

import { type ErrorDetails, FoobarDeployError } from '../errors.ts'

/** The codes of family `unreachable` that a transport raises, and their summaries. */
const unreachableSummaries = {
  unavailable: 'The host is not there to connect to',
  'ssh-config-invalid': 'The SSH client configuration cannot be read',
  'name-not-resolved': 'The name of the host cannot be resolved',
  'connection-refused': 'The host refused the connection',
  'no-route': 'There is no route to the host',
  'connect-timed-out': 'Connecting took too long',
  'closed-early': 'The host closed the connection before the login',
  'connections-limited': 'The host accepts no more connections for now',
  'connect-failed': 'The connection could not be made',
  'proxy-failed': 'The proxy did not lead to the host',
  'not-ssh': 'What answered is not an SSH server',
  'no-common-algorithm': 'The host and this toolkit have no algorithm in common',
  'unknown-host-key': 'The host key is not known',
  'changed-host-key': 'The host key is not the known one',
  'revoked-host-key': 'The host key is revoked',
  'known-hosts-unreadable': 'The known host keys cannot be read',
  'known-hosts-unwritable': 'The new host key could not be recorded',
  'authentication-failed': 'The host did not let us log in',
  'connection-lost': 'The connection was lost',
  'channel-refused': 'The host refused to start another session',
  'channel-timed-out': 'The host did not start the session in time',
  'channel-closed': 'The remote process takes no more input',
} as const

/** The codes of errors about the way to a host. */
export type UnreachableCode = keyof typeof unreachableSummaries

/** The error for `code`, with its fixed summary. */
export function unreachable(code: UnreachableCode, details: ErrorDetails): FoobarDeployError {
  return new FoobarDeployError('unreachable', code, unreachableSummaries[code], details)
}
