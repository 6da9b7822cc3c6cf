/** Values that the toolkit makes itself: what may be asked for. */

import { z } from 'zod'

export const generatedSchema = z.discriminatedUnion(
  'generate',
  [
    z.strictObject({
      generate: z.literal('password'),
      /** Letters and digits, by default 32. */
      length: z.int().min(12, 'must be at least 12').max(1024, 'must be at most 1024').optional(),
    }),
    z.strictObject({
      generate: z.literal('certificate-authority'),
      /** The name in its certificate, by default made of the secret's and the inventory's. */
      commonName: z.string().min(1).max(64, 'must have at most 64 characters').optional(),
    }),
  ],
  { error: "must be { generate: 'password' } or { generate: 'certificate-authority' }" },
)

/** How the first `apply` makes a value that is not there. */
export type Generated = z.input<typeof generatedSchema>
