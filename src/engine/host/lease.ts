/** The lease of a lock as the controller sees it: whether another run may have had the lock meanwhile, unnoticed. */

import { FoobarDeployError } from '../../errors.ts'
import { leaseSeconds } from './host-lock.ts'

/** A lock that is kept by heartbeats. A reboot forgets who had it. */
export class Lease {
  // By the wall clock: the other one stands still while this machine is suspended.
  #beatAt = Date.now()
  #hasLapsed = false
  #bootId: string | undefined

  /** The controller is about to send a heartbeat. */
  beat(): void {
    const now = Date.now()
    if (now - this.#beatAt > leaseSeconds * 1000) this.#hasLapsed = true
    this.#beatAt = now
  }

  /** The lock was taken, for the first time or again; throws where another run may have had it in between. */
  take(host: string, bootId: string): void {
    this.beat()
    const isForgotten = this.#bootId !== undefined && this.#bootId !== bootId
    if (this.#hasLapsed && isForgotten) {
      throw new FoobarDeployError('task', 'lock-lapsed', 'Another run may have worked on the host meanwhile', {
        host,
        detail: `this machine was suspended for more than ${leaseSeconds} s, and the host was rebooted`,
        hint: 'Apply again.',
      })
    }
    this.#bootId = bootId
    this.#hasLapsed = false
  }
}
