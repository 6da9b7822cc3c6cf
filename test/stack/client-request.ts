/** What a client of the site is asked to do, and what it tells. */

/** See the file's first line. */
export interface ClientRequest {
  readonly address: string
  /** The name of the site, which its certificate must have. */
  readonly name: string
  readonly path: string
  /** The certificate of the authority that is trusted. */
  readonly authorityFile: string
  readonly connections: number
  /** Between the requests of a connection. */
  readonly pauseMs: number
}

/** How it went. */
export interface ClientReport {
  /** How many requests ended with which status, or which error. */
  readonly outcomes: Readonly<Record<string, number>>
  /** How many answers each server gave. */
  readonly servers: Readonly<Record<string, number>>
  /** The longest time without an answer of status 200. */
  readonly longestGapMs: number
}
