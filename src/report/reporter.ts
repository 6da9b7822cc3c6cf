/** What every reporter is: a listener to events, and the end of listening. */

import type { Emit } from '../engine/events.ts'

/** A reporter. After `close` it has written everything and has left the terminal as it was. */
export interface Reporter {
  readonly emit: Emit
  /** Leaves the terminal to a question, until `resume`. */
  suspend(): void
  resume(): void
  close(): Promise<void>
}
