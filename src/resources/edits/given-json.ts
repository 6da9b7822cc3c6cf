/** JSON as a user writes it into a task: secrets may stand in it. */

import { Secret } from '../../shell/secret.ts'
import type { Json } from './json-text.ts'

/** A JSON value in which secrets may stand for texts. */
export type GivenJson =
  | string
  | number
  | boolean
  | null
  | Secret
  | readonly GivenJson[]
  | { readonly [key: string]: GivenJson }

/** Whether it has members. */
export function isObject(value: unknown): value is { readonly [key: string]: GivenJson } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Secret)
}

/** Whether it is JSON. */
export function isJson(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isJson)
  if (isObject(value)) return Object.values(value).every(isJson)
  if (value instanceof Secret) return !value.hasValue || typeof value.reveal() === 'string'
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
}

/** Whether a secret stands in it. */
export function hasSecret(value: GivenJson | undefined): boolean {
  if (Array.isArray(value)) return value.some(hasSecret)
  return value instanceof Secret || (isObject(value) && Object.values(value).some(hasSecret))
}

/** With its secrets as they are. */
export function revealed(value: GivenJson): Json {
  if (value instanceof Secret) return value.reveal()
  if (Array.isArray(value)) return value.map(revealed)
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, revealed(member)]))
    : (value as Json)
}
