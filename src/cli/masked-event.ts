/** Events without the values of secrets: a reporter gets nothing that it would have to keep to itself. */

import type { RunEvent } from '../engine/events.ts'
import { definedOnly, FoobarDeployError } from '../errors.ts'
import { hasMasked, redact } from '../shell/redact.ts'

// What programs and reporters know things by; masking would tear apart what belongs together.
const names = new Set(['type', 'host', 'hosts', 'status', 'mode', 'runId', 'family', 'code'])

/** The event with every text in it masked, at any depth. */
export function maskedEvent(event: RunEvent): RunEvent {
  return hasMasked() ? masked(event) : event
}

function masked<T>(value: T): T {
  if (typeof value === 'string') return redact(value) as T
  if (value instanceof FoobarDeployError) return maskedError(value) as T
  if (Array.isArray(value)) return value.map(masked) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => [key, names.has(key) ? member : masked(member)])
  return Object.fromEntries(entries)
}

function maskedError(error: FoobarDeployError): FoobarDeployError {
  const { family, code, summary, detail, hint, host, task, at, cause } = error
  return new FoobarDeployError(family, code, summary, {
    ...definedOnly({ detail: detail && redact(detail), hint: hint && redact(hint), task: task && redact(task) }),
    ...definedOnly({ host, at, cause }),
  })
}
