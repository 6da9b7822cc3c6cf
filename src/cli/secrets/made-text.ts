/** What users are told of what was made for them. */

import type { Made } from '../../secrets/make-lacking.ts'

/** Of a new identity file. */
export function newKeyText(path: string): string {
  return `${path} is your new key: keep it to yourself, and keep a copy in a safe place`
}

/** Of generated secrets, a line each; none if nothing was made. */
export function madeTexts({ names, path, identity }: Made): string[] {
  return [
    ...(identity === undefined ? [] : [newKeyText(identity)]),
    ...(names.length === 0 ? [] : [`${path} has new values of ${names.join(', ')}: keep that file`]),
  ]
}

/** Of those that an apply will make. */
export function lackingText(names: readonly string[]): string {
  return `apply will make ${names.join(', ')}`
}
