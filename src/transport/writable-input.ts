/** The input of a process as channels offer it: a write is done when more may be written, and fails when nobody reads. */

import type { Writable } from 'node:stream'
import type { FoobarDeployError } from '../errors.ts'
import { unreachable } from './unreachable.ts'

/** The writing half of a channel. */
export interface Input {
  write(bytes: Uint8Array): Promise<void>
  end(): void
  /** Fails what waits and all that follows. */
  fail(error: FoobarDeployError): void
}

/** The input that writes to `stream`. */
export function inputOf(stream: Writable, host: string): Input {
  let failure: FoobarDeployError | undefined
  const waiting = new Set<PromiseWithResolvers<void>>()

  const settle = (settleOne: (waiter: PromiseWithResolvers<void>) => void) => {
    for (const waiter of waiting) settleOne(waiter)
    waiting.clear()
  }
  const fail = (error: FoobarDeployError) => {
    failure ??= error
    settle((waiter) => waiter.reject(failure))
  }
  const noReader = (cause?: Error) => fail(unreachable('channel-closed', { host, cause }))

  stream.on('drain', () => settle((waiter) => waiter.resolve()))
  stream.on('error', noReader)
  stream.on('close', () => noReader())

  return {
    write(bytes) {
      if (failure) return Promise.reject(failure)
      if (stream.writableEnded) return Promise.reject(unreachable('channel-closed', { host, detail: 'it was ended' }))
      if (stream.write(bytes)) return Promise.resolve()
      // An EPIPE may have been reported by the write itself.
      if (failure) return Promise.reject(failure)
      const waiter = Promise.withResolvers<void>()
      waiting.add(waiter)
      return waiter.promise
    },
    end() {
      if (!failure) stream.end()
    },
    fail,
  }
}
