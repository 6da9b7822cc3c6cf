/** Generated values. */

import { randomInt } from 'node:crypto'
import { newAuthority } from '../certificates/new-authority.ts'
import type { Generated } from './generated.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** By default 190 bits. */
export const defaultLength = 32

/** A random value of letters and digits, which no configuration file, address or shell needs to quote. */
export function generateValue(length: number = defaultLength): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** A new value; `inventory` is the name of the inventory. */
export function newValueOf(rule: Generated, name: string, inventory: string): string {
  switch (rule.generate) {
    case 'password':
      return generateValue(rule.length ?? defaultLength)
    case 'certificate-authority':
      return newAuthority(rule.commonName ?? `${name} of ${inventory}`.slice(0, 64))
  }
}
