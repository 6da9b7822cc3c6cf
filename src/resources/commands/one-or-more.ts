/** A status that is right, or a list of them. */

import { z } from 'zod'

/** The schema for one status or several; a list in any case. */
export function oneOrMore(schema: z.ZodType<number, number>) {
  return z
    .union([schema, z.array(schema).min(1)], { error: 'must be a status, or a list of them' })
    .transform((given) => (typeof given === 'number' ? [given] : given))
}
