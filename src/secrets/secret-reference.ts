/** References: secrets that an inventory names, whose values are found out when it is loaded and before any connection. */

import type { SourceLocation } from '../errors.ts'
import { remember } from '../shell/redact.ts'
import { Secret } from '../shell/secret.ts'
import type { Generated } from './generated.ts'

/** Where a value comes from. */
export type SecretSource =
  /** With `generated`, the first `apply` makes the value. */
  | { readonly kind: 'file'; readonly generated?: Generated }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'prompt'; readonly question: string }

/** A secret that is named before its value is known. */
export class SecretReference extends Secret<string> {
  readonly source: SecretSource
  readonly at: SourceLocation | undefined
  #resolved: string | undefined
  #standsIn = false

  constructor(name: string, source: SecretSource, at: SourceLocation | undefined) {
    super(name, '')
    this.source = source
    this.at = at
  }

  override get hasValue(): boolean {
    return this.#resolved !== undefined
  }

  override reveal(): string {
    if (this.#resolved !== undefined) return this.#resolved
    if (this.#standsIn) return `stand-in-for-${this.name}`
    throw new TypeError(`the secret ${this.name} was asked for before its value was found out`)
  }

  /** Gives it its value. */
  resolve(value: string): void {
    remember(value)
    this.#resolved = value
  }

  /** Lets it be built with where nothing is sent to a host. */
  standIn(): void {
    this.#standsIn = true
  }
}
