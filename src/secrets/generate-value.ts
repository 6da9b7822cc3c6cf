/** Generated values. */

import { randomInt } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** By default 190 bits. */
export const defaultLength = 32

/** A random value of letters and digits, which no configuration file, address or shell needs to quote. */
export function generateValue(length: number = defaultLength): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}
