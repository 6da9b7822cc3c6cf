/** Reconnecting: which failures end it at once, and how it ends in vain. */

import { definedOnly, FoobarDeployError } from '../../errors.ts'

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
