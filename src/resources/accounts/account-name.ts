/** Names of users and groups, as Debian's tools take them. */

import { z } from 'zod'

const longest = 32

/** A schema for the name of a `what`. */
export function accountName(what: 'user' | 'group') {
  return z
    .string()
    .regex(/^[a-z_][a-z0-9_.-]*\$?$/i, {
      error: ({ input }) =>
        `${JSON.stringify(input)} is no name of a ${what}: a letter or _, then letters, digits, _ . and -`,
    })
    .max(longest, `A name of a ${what} has ${longest} characters at most`)
}

/** A schema for a number of a user or group. */
export const accountNumber = z.int().min(0).max(4_294_967_294)
