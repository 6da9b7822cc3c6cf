/** Sections: the parts of a round trip, each with a result of its own. */

import type { Content } from '../plan/action.ts'

/** Text for sh that reads; it runs in a subshell with nothing on its input. */
export interface ReadSection {
  readonly kind: 'read'
  readonly script: string
}

/** Text for sh that runs in the session's own shell, so that what it opens stays open. It must not fail to parse. */
export interface SessionSection {
  readonly kind: 'session'
  readonly script: string
}

/**
 * Text for sh that changes the host. It is a link of a chain: it runs if the chain has not failed before. Its output,
 * both streams in one, goes to a log on the host too, so that it goes on and can be asked for after a lost connection.
 */
export interface RunSection {
  readonly kind: 'run'
  readonly script: string
  /** What it reads on its input; it is stored whole, mode 0600, before the script starts. */
  readonly input?: Content
  /** Ended after this many milliseconds, with status 124. */
  readonly timeoutMs?: number
}

/** Writes bytes to a new file of mode 0600; a link of the chain as well. An incomplete file is removed. */
export interface ReceiveSection {
  readonly kind: 'receive'
  readonly path: string
  readonly content: Content
}

/** One part of a round trip. */
export type Section = ReadSection | SessionSection | RunSection | ReceiveSection

/** What became of a section. */
export interface SectionResult {
  /** Exit status; 128 + N for signal N; undefined where the chain had failed before. */
  readonly status: number | undefined
  readonly stdout: Buffer
  readonly stderr: Buffer
}
