/** The terminal for a question: one at a time, with the report out of its way. */

import type { RunEvent } from '../engine/events.ts'
import type { Reporter } from '../report/reporter.ts'

/** What is to be done before and after a question is on the terminal. */
export type AroundQuestion = Pick<Reporter, 'suspend' | 'resume'>

// Hosts work at the same time, but there is one terminal.
let last: Promise<unknown> = Promise.resolve()

/** Does `ask` when the terminal is free. */
export function onTerminal<T>(around: AroundQuestion, ask: () => Promise<T>): Promise<T> {
  const answer = last.then(async () => {
    around.suspend()
    try {
      return await ask()
    } finally {
      around.resume()
    }
  })
  last = answer.catch(() => {})
  return answer
}

/** The same reporter, which keeps back what happens while a question is on the terminal. */
export function heldWhileAsking(reporter: Reporter): Reporter {
  let held: RunEvent[] | undefined
  const release = () => {
    const events = held ?? []
    held = undefined
    for (const event of events) reporter.emit(event)
  }
  return {
    emit: (event) => (held ? held.push(event) : reporter.emit(event)),
    suspend() {
      held ??= []
      reporter.suspend()
    },
    resume() {
      reporter.resume()
      release()
    },
    async close() {
      release()
      await reporter.close()
    },
  }
}
