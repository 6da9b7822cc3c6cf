/** Words of HAProxy’s configuration: what may stand where. */

import { networkSchema, z } from 'foobar-deploy'

/** The name of a proxy or a server. */
export const name = z.string().regex(/^[\w.:-]+$/, 'must be a name of letters, digits and . _ - :')

/** A word that cannot end its line, nor begin a comment. */
export const word = z.string().regex(/^[^\s#"'\\]+$/, 'must be one word without # or quotes')

export const path = z.string().regex(/^\/[^\s#"'\\]*$/, 'must be an absolute path without spaces, # or quotes')

export const port = z.int().min(1).max(65_535)

/** HAProxy counts in milliseconds. */
export const seconds = z.number().min(0.001)

/** Who may come from outside the host. */
export const openTo = z.union([z.literal('anyone'), z.array(networkSchema())], {
  error: "must be 'anyone' or a list of addresses and networks",
})

/** Lines that are put in as they stand. */
export const lines = z.array(z.string().regex(/^[^\n]+$/, 'must be one line'))
