/** One attempt to connect: its deadline, its abortion, and what has to be undone when it fails. */

import type { FoobarDeployError } from '../errors.ts'
import { interrupted } from './interrupted.ts'
import { unreachable } from './unreachable.ts'

/** What the parts of an attempt share. */
export interface ConnectAttempt {
  /** What is being waited for, in words that follow "while". */
  phase: string
  /** Ends the attempt with an error; only the first counts. */
  fail(error: FoobarDeployError): void
  /** What `promise` comes to, unless the attempt fails first. */
  race<T>(promise: Promise<T>): Promise<T>
  /** Runs `work` without the clock: a person may be typing. */
  unhurried<T>(work: () => Promise<T>): Promise<T>
  /** Has `undo` called if the attempt fails, or has failed. */
  onFailure(undo: () => void): void
  /** The attempt has come to its end, for better or worse. */
  finish(): void
}

/** Starts an attempt to reach `address` for the host `name`. */
export function startAttempt(name: string, address: string, timeoutMs: number, signal?: AbortSignal): ConnectAttempt {
  const { promise: failure, reject } = Promise.withResolvers<never>()
  failure.catch(() => {})
  const undoing: (() => void)[] = []
  let over = false
  let failed = false
  let timer: NodeJS.Timeout | undefined
  let remainingMs = timeoutMs
  let startedAt = 0
  let pauses = 0

  const fail = (error: FoobarDeployError) => {
    if (over) return
    failed = true
    finish()
    for (const undo of undoing.reverse()) undo()
    reject(error)
  }
  const abort = () => fail(interrupted(signal as AbortSignal, name))
  const finish = () => {
    over = true
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
  const resume = () => {
    startedAt = performance.now()
    timer = setTimeout(() => {
      fail(
        unreachable('connect-timed-out', {
          host: name,
          detail: `${address} gave no answer within ${timeoutMs} ms, while ${attempt.phase}`,
          hint: 'Check address, port and firewall, or allow more with connectTimeoutMs.',
        }),
      )
    }, remainingMs)
  }
  const pause = () => {
    clearTimeout(timer)
    remainingMs -= performance.now() - startedAt
  }

  const attempt: ConnectAttempt = {
    phase: 'connecting',
    fail,
    race: (promise) => Promise.race([promise, failure]),
    async unhurried(work) {
      if (pauses++ === 0) pause()
      try {
        return await work()
      } finally {
        if (--pauses === 0 && !over) resume()
      }
    },
    onFailure(undo) {
      if (failed) undo()
      else undoing.push(undo)
    },
    finish,
  }
  signal?.addEventListener('abort', abort, { once: true })
  resume()
  return attempt
}
