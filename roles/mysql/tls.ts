/** The server’s certificate: issued by an authority of yours, or there already. */

import { secretSchema, z } from 'foobar-deploy'

const path = z.string().regex(/^\/\S+$/, 'must be an absolute path')

const issued = z
  .strictObject({
    /** The authority that issues it, and that the other servers verify it with: certificate and key, in one secret. */
    authority: secretSchema(),
    /** How many days a certificate is valid. */
    validDays: z.int().positive().default(90),
    /** How many days before it expires it is renewed. */
    renewBeforeDays: z.int().positive().default(30),
  })
  .meta({ title: 'tlsIssued' })

const there = z
  .strictObject({
    /** The certificate file on the host, with the intermediate certificates. */
    certificate: path,
    /** The file of its key, readable by the user mysql. */
    key: path,
    /** The file of the authority’s certificate. */
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
