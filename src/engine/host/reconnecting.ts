/** Reconnecting: which failures end it at once, and how it ends in vain. */

import { definedOnly, FoobarDeployError } from '../../errors.ts'

/** How many losses one piece of work may meet: a connection that is lost again each time is none. */
export const mostLosses = 10

// To find out that a host has fallen silent takes long, so it is tried once more and not ten times.
const weights: Readonly<Record<string, number>> = { 'connection-lost': 1, 'shell-lost': 1, 'shell-silent': 6 }

/** What a failure counts for among the losses; 0 where a new connection cannot help. */
export function weightOf(thrown: unknown): number {
  return thrown instanceof FoobarDeployError ? (weights[thrown.code] ?? 0) : 0
}

// What another attempt a moment later cannot change.
const final: ReadonlySet<string> = new Set([
  'unknown-host-key',
  'changed-host-key',
  'revoked-host-key',
  'known-hosts-unreadable',
  'known-hosts-unwritable',
  'ssh-config-invalid',
  'no-common-algorithm',
  'become-refused',
  'unavailable',
  'shell-stopped',
  'answer-not-understood',
])

/** Whether an attempt that failed so is the last. A host that boots refuses logins for a while, where a boot is awaited. */
export function endsReconnecting({ family, code }: FoobarDeployError, isBootAwaited: boolean): boolean {
  if (code === 'authentication-failed') return !isBootAwaited
  return family !== 'unreachable' || final.has(code)
}

/** The error of a link that was lost by `lost` and not made again; `last` is what the last attempt failed with. */
export function triedInVain(
  lost: FoobarDeployError,
  last: FoobarDeployError | undefined,
  isBootAwaited: boolean,
): FoobarDeployError {
  if (!last) return lost
  if (endsReconnecting(last, isBootAwaited)) return last
  return new FoobarDeployError(lost.family, lost.code, lost.summary, {
    ...definedOnly({ host: lost.host, hint: lost.hint }),
    detail: `${lost.detail}; it could not be made again, at last because: ${last.message}`,
    cause: last,
  })
}
