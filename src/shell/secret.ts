/** A value that must not surface: it cannot be printed, compared by a diff, journalled or put on an argument list. */

import { inspect } from 'node:util'

/** What stands wherever a secret's value would have stood. */
export const mask = '********'

const known = new Map<string, number>()

/**
 * A secret value. Everything that prints it prints {@link mask}; only {@link Secret.reveal} gives the value, to the few
 * places that send it over the wire as data.
 *
 * @example
 * ```ts
 * import { Secret } from 'foobar-deploy'
 *
 * const password = new Secret('mysql.app', 'correct horse')
 * console.log(`${password}`) // ********
 * ```
 */
export class Secret<T extends string | Uint8Array = string> {
  /** The name the secret goes by in messages. */
  readonly name: string
  readonly #value: T

  constructor(name: string, value: T) {
    this.name = name
    this.#value = value
    if (typeof value === 'string') remember(value)
  }

  /** The value itself. Whoever calls this answers for it. */
  reveal(): T {
    return this.#value
  }

  toString(): string {
    return mask
  }

  toJSON(): string {
    return mask
  }

  [inspect.custom](): string {
    return `Secret(${this.name})`
  }
}

/** `text` with the value of every secret made so far replaced by {@link mask}; lines of a secret are masked one by one. */
export function redact(text: string): string {
  let redacted = text
  for (const value of known.keys()) if (redacted.includes(value)) redacted = redacted.replaceAll(value, mask)
  return redacted
}

// Shorter than this, masking by value would garble ordinary words rather than hide anything.
const shortestMasked = 4

function remember(value: string): void {
  for (const part of new Set([value, ...value.split('\n').map((line) => line.trim())])) {
    if (part.length >= shortestMasked) known.set(part, (known.get(part) ?? 0) + 1)
  }
}
