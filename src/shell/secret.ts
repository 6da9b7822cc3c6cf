/** A value that must not surface: it cannot be printed, compared by a diff, journalled or put on an argument list. */

import { inspect } from 'node:util'
import { mask, remember } from './redact.ts'

export { mask, redact } from './redact.ts'

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

  /** Whether the value is known; `check` and `list`, which need no key, put a stand-in in its place. */
  get hasValue(): boolean {
    return true
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
