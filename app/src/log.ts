/** The log: one line of JSON an entry. */

/** What an entry says beside its message. Secrets and what users wrote are never among it. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

/** Writes entries. */
export interface Log {
  info(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
}

/** A log that gives each line to `write`; `always` are in every entry. */
export function makeLog(write: (line: string) => void, always: Fields, now = () => new Date()): Log {
  const entry =
    (level: string) =>
    (message: string, fields: Fields = {}) =>
      write(`${JSON.stringify({ time: now().toISOString(), level, message, ...always, ...fields })}\n`)
  return { info: entry('info'), error: entry('error') }
}

/** What may be told of something thrown: its code where it has one, for messages of a database can hold values. */
export function causeOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code
  if (typeof code === 'string') return code
  return thrown instanceof Error ? thrown.message : String(thrown)
}
