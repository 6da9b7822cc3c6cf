/** An endpoint of the database: statements on a pool of connections, patient while the database is switched over. */

import { setTimeout as delay } from 'node:timers/promises'

/** A connection of the driver’s pool, as far as it is used here. */
export interface Connection {
  query(statement: { sql: string; values: readonly unknown[]; timeout: number }): Promise<readonly [unknown, unknown]>
  release(): void
  destroy(): void
}

/** The driver’s pool, as far as it is used here. */
export interface Pool {
  getConnection(): Promise<Connection>
  end(): Promise<void>
}

/** Runs one statement; gives its rows, or what became of it. */
export type Query = <Result>(sql: string, values?: readonly unknown[]) => Promise<Result>

/** See the file’s first line. */
export interface Endpoint {
  /** A statement that changes nothing: it may be sent twice. */
  read: Query
  /** A statement that changes something: it is sent again only where it certainly was not carried out. */
  write: Query
  /** Statements on one connection, tried once. */
  together<Result>(work: (query: Query) => Promise<Result>): Promise<Result>
  end(): Promise<void>
}

interface Timing {
  /** How long connecting or a statement may take. */
  readonly timeoutMs: number
  /** How long to try again, from the first failure on. */
  readonly patienceMs: number
  /** The same where connections are refused: the endpoint itself is gone, and others may have one that is not. */
  readonly refusedPatienceMs: number
}

/** The database cannot be had now, or did not answer: nothing is wrong with the request. */
export class DatabaseAway extends Error {
  /** Whether a change may have been made all the same. */
  readonly isUnknown: boolean

  constructor(cause: unknown, isUnknown: boolean) {
    super('the database is not available', { cause })
    this.isUnknown = isUnknown
  }
}

const pauseMs = 100

/** The endpoint that `pool` leads to. */
export function makeEndpoint(pool: Pool, { timeoutMs, patienceMs, refusedPatienceMs }: Timing): Endpoint {
  const once = async <Result>(work: (query: Query) => Promise<Result>): Promise<Result> => {
    const connection = await acquired(pool, timeoutMs)
    let isSound = false
    try {
      const result = await work(async <Rows>(sql: string, values: readonly unknown[] = []) => {
        const [rows] = await connection.query({ sql, values, timeout: timeoutMs })
        return rows as Rows
      })
      isSound = true
      return result
    } catch (thrown) {
      isSound = isRefusal(thrown) && !isElsewhere(thrown)
      throw thrown
    } finally {
      // After a time limit the answer may still come: such a connection must not serve another statement.
      if (isSound) connection.release()
      else connection.destroy()
    }
  }
  const patiently = async <Result>(isRepeatable: boolean, sql: string, values: readonly unknown[]): Promise<Result> => {
    const began = performance.now()
    for (;;) {
      try {
        return await once((query) => query<Result>(sql, values))
      } catch (thrown) {
        if (isRefusal(thrown) && !isElsewhere(thrown)) throw thrown
        const wasNotDone = thrown instanceof NoConnection || isReadOnly(thrown)
        const cause = thrown instanceof NoConnection ? thrown.cause : thrown
        if (!isRepeatable && !wasNotDone) throw new DatabaseAway(cause, true)
        const isRefused = codeOf(cause) === 'ECONNREFUSED'
        const patience = isRefused ? Math.min(patienceMs, refusedPatienceMs) : patienceMs
        if (performance.now() + pauseMs >= began + patience) throw new DatabaseAway(cause, false)
        await delay(pauseMs)
      }
    }
  }
  return {
    read: (sql, values = []) => patiently(true, sql, values),
    write: (sql, values = []) => patiently(false, sql, values),
    together: once,
    end: () => pool.end(),
  }
}

class NoConnection extends Error {}

// The pool itself would wait without end for a connection to become free.
async function acquired(pool: Pool, timeoutMs: number): Promise<Connection> {
  const ended = new AbortController()
  const late = Symbol('late')
  const pending = pool.getConnection()
  try {
    const first = await Promise.race([pending, delay(timeoutMs, late, { signal: ended.signal })])
    if (first !== late) return first as Connection
  } catch (cause) {
    throw new NoConnection('no connection', { cause })
  } finally {
    ended.abort()
  }
  pending.then((connection) => connection.release()).catch(() => {})
  throw new NoConnection('no connection', { cause: new Error('no connection in time') })
}

/** Whether the server answered, saying no: the connection is sound. */
function isRefusal(thrown: unknown): boolean {
  const { sqlState, fatal } = (thrown ?? {}) as { sqlState?: unknown; fatal?: unknown }
  return typeof sqlState === 'string' && sqlState !== '' && fatal !== true
}

// The server may not be written to: nothing was changed, another is to be asked.
const readOnly = new Set([
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_READ_ONLY_MODE',
  'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION',
])
// It ends its connections. What it was about to commit may have been committed.
const leaving = new Set(['ER_SERVER_SHUTDOWN', 'ER_CONNECTION_KILLED', 'ER_QUERY_INTERRUPTED'])

function isReadOnly(thrown: unknown): boolean {
  return readOnly.has(codeOf(thrown))
}

function isElsewhere(thrown: unknown): boolean {
  return isReadOnly(thrown) || leaving.has(codeOf(thrown))
}

function codeOf(thrown: unknown): string {
  return String((thrown as { code?: unknown } | null)?.code)
}
