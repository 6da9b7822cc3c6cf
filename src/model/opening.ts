/** Openings: what a role lets in from outside its host, of which a firewall makes its rules. */

import { z } from 'zod'
import { networkSchema } from './network.ts'

/** An opening as a role writes it. */
export const openingSchema = z
  .strictObject({
    name: z.string().regex(/^[\w. -]+$/, 'is letters, digits, spaces and . _ -'),
    protocol: z.enum(['tcp', 'udp', 'vrrp']).default('tcp'),
    port: z.int().min(1).max(65_535).optional(),
    from: z.union([z.literal('anyone'), z.array(networkSchema())], {
      error: "must be 'anyone' or a list of addresses",
    }),
  })
  .superRefine(({ protocol, port }, context) => {
    if (protocol === 'vrrp' && port !== undefined) {
      context.addIssue({ code: 'custom', path: ['port'], message: 'vrrp has no ports' })
    }
    if (protocol !== 'vrrp' && port === undefined) {
      context.addIssue({ code: 'custom', path: ['port'], message: 'is missing' })
    }
  })

/** What a role lets in: `name` says what for, `from` who may come; the protocol is `tcp` where none is given. */
export type OpeningInput = z.input<typeof openingSchema>

/** An opening, checked. */
export type Opening = z.output<typeof openingSchema>
