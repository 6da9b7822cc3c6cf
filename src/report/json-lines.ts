/** The machine's reporter: every event as one JSON object on one line; json-schema.ts says what is in it. */

import type { Emit, RunEvent } from '../engine/events.ts'
import type { FoobarDeployError } from '../errors.ts'

/** Raised when a member goes or changes its meaning; readers must bear new members at any time. */
export const schemaVersion = 1

/** A reporter that writes one line an event; `now` gives milliseconds since 1970. */
export function jsonLinesReporter(write: (text: string) => void, now: () => number): Emit {
  return (event) => write(line(withPlainErrors(event), now()))
}

/** The line for an error that kept a command from running at all. */
export function errorLine(error: FoobarDeployError, nowMs: number): string {
  return line({ type: 'error', error: plainError(error) }, nowMs)
}

/** An error as data. */
export function plainError(error: FoobarDeployError): Record<string, unknown> {
  const { code, family, summary, detail, hint, host, task, at } = error
  return { code, family, summary, detail, hint, host, task, at }
}

/** The line for anything else that a command tells, as {@link jsonLinesReporter} writes them. */
export function dataLine(data: { readonly type: string; readonly [member: string]: unknown }, nowMs: number): string {
  return line(data, nowMs)
}

function line(event: object, nowMs: number): string {
  return `${escaped(JSON.stringify({ schemaVersion, time: new Date(nowMs).toISOString(), ...event }))}\n`
}

// A person may look at the line in a terminal; for a program it is the same text.
function escaped(json: string): string {
  return json.replaceAll(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu, (sign) =>
    sign
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

function withPlainErrors(event: RunEvent): object {
  if ('error' in event && event.error) return { ...event, error: plainError(event.error) }
  if (event.type !== 'run-finished') return event
  const recap = Object.entries(event.recap).map(([host, { error, ...rest }]) => [
    host,
    error ? { ...rest, error: plainError(error) } : rest,
  ])
  return { ...event, recap: Object.fromEntries(recap) }
}
