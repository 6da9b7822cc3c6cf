/** The server’s certificate: issued by an authority of yours, or there already. */

import { secretValue, z } from 'foobar-deploy'

const path = z.string().regex(/^\/\S+$/, 'must be an absolute path')

const issued = z
  .strictObject({
    /** The authority that issues it, and by which the others know it: certificate and key, in one secret. */
    authority: secretValue(),
    /** How long a certificate is good. */
    days: z.int().positive().default(90),
    /** How long before its end it is replaced. */
    renewBeforeDays: z.int().positive().default(30),
  })
  .meta({ title: 'tlsIssued' })

const there = z
  .strictObject({
    /** The certificate on the host, with those between it and the authority. */
    certificate: path,
    /** Its key, readable by the user mysql. */
    key: path,
    /** The authority’s certificate. */
    authorityPath: path,
  })
  .meta({ title: 'tlsFiles' })

/** Where the server’s certificate comes from. */
export const tlsVariables = z.union([issued, there], {
  error: 'must be { authority: secret(…) }, or the paths { certificate, key, authorityPath }',
})

/** The files of a certificate on the host. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
  readonly authority: string
}

const folder = '/etc/mysql/tls'

/** Where they are. */
export function tlsFilesOf(tls: z.output<typeof tlsVariables> | undefined): TlsFiles | undefined {
  if (!tls) return undefined
  if ('authorityPath' in tls) return { certificate: tls.certificate, key: tls.key, authority: tls.authorityPath }
  return { certificate: `${folder}/server.crt`, key: `${folder}/server.key`, authority: `${folder}/authority.crt` }
}
