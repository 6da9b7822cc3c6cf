/** Text with secrets in it, which is a secret too. */

import { Secret } from '../shell/secret.ts'
import { SecretReference } from './secret-reference.ts'

/**
 * A secret made of text and secrets, for what needs them together: an address with a password, a line of a unit.
 *
 * @example
 * ```ts
 * import { secret, secretText } from 'foobar-deploy'
 *
 * export const database = secretText`mysql://app:${secret('mysql.app')}@db1/shop`
 * ```
 */
export function secretText(
  strings: TemplateStringsArray,
  ...values: readonly (Secret<string> | string | number)[]
): Secret<string> {
  return new SecretText(strings, values)
}

// Put together when it is asked for: of what an inventory names the values are found out later.
class SecretText extends Secret<string> {
  readonly #strings: readonly string[]
  readonly #values: readonly (Secret<string> | string | number)[]

  constructor(strings: readonly string[], values: readonly (Secret<string> | string | number)[]) {
    const names = values.flatMap((value) => (value instanceof Secret ? [value.name] : []))
    super(`text with ${names.join(', ')}`, '')
    this.#strings = strings
    this.#values = values
  }

  /** The secrets in it. */
  get parts(): readonly Secret<string>[] {
    return this.#values.filter((value) => value instanceof Secret)
  }

  override get hasValue(): boolean {
    return this.parts.every((part) => part.hasValue)
  }

  override reveal(): string {
    const words = this.#values.map((value) => (value instanceof Secret ? value.reveal() : String(value)))
    return String.raw({ raw: this.#strings }, ...words)
  }
}

/** The references that a secret consists of: itself, or those in a text. */
export function referencesIn(value: unknown): SecretReference[] {
  if (value instanceof SecretReference) return [value]
  return value instanceof SecretText ? value.parts.flatMap(referencesIn) : []
}
