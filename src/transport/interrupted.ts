/** What connecting becomes when the user interrupts it. */

import { FoobarDeployError } from '../errors.ts'

/** The error for a connection attempt that was aborted; a reason that is one of ours stands for itself. */
export function interrupted(signal: AbortSignal, host: string): FoobarDeployError {
  const { reason } = signal
  if (reason instanceof FoobarDeployError) return reason
  return new FoobarDeployError('interrupted', 'connect-interrupted', 'Connecting was interrupted', {
    host,
    cause: reason,
  })
}

/** Throws when `signal` has been aborted already. */
export function stopIfAborted(signal: AbortSignal | undefined, host: string): void {
  if (signal?.aborted) throw interrupted(signal, host)
}
