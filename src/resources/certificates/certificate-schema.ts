/** What a `certificate` task may say. */

import { isIP } from 'node:net'
import { z } from 'zod'
import { authorityIn } from '../../certificates/authority.ts'
import { Secret } from '../../shell/secret.ts'
import { absolutePath, attributes } from '../files/file-attributes.ts'

const label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
const hostNames = new RegExp(`^(\\*\\.)?${label}(\\.${label})*$`)

const name = z
  .string()
  .refine(
    (text) => isIP(text) > 0 || (hostNames.test(text) && text.length <= 253),
    "must be a host's name or address; the first part of a name may be *",
  )

const authority = z
  .instanceof(Secret<string>, {
    error: "must be a Secret: secret('tls.ca', { generate: 'certificate-authority' })",
  })
  .superRefine((secret, context) => {
    const found = secret.hasValue ? authorityIn(secret.reveal()) : undefined
    if (typeof found === 'string') context.addIssue({ code: 'custom', message: found })
  })

export const certificateSchema = z
  .strictObject({
    /** Where the certificate lies. */
    path: absolutePath,
    keyPath: absolutePath,
    /** Names and addresses of the host that it is for; the first stands as its common name too. */
    names: z.array(name).min(1, 'must not be empty'),
    authority,
    /** For how many days it is valid. */
    validDays: z.int().min(1, 'must be at least 1').max(3650, 'must be at most 3650').default(90),
    /** How many days before its end it is issued again. */
    renewBeforeDays: z.int().min(0, 'must not be negative').default(30),
    /** Of all files. */
    owner: attributes.owner.default('root'),
    group: attributes.group.default('root'),
    /** Of the files with the key; the others are 0644. */
    mode: attributes.mode.default('0600'),
    /** Where the certificate and its key stand in one file, as HAProxy wants it. */
    bundlePath: absolutePath.optional(),
    /** Where the certificate of the authority lies. */
    authorityPath: absolutePath.optional(),
  })
  .superRefine(({ path, keyPath, bundlePath, authorityPath, validDays, renewBeforeDays }, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
    if (renewBeforeDays >= validDays)
      refuse('renewBeforeDays', 'must be less than validDays, or it is issued again by every run')
    const paths = Object.entries({ path, keyPath, bundlePath, authorityPath })
    for (const [index, [key, own]] of paths.entries()) {
      if (own !== undefined && paths.slice(0, index).some(([, other]) => other === own)) {
        refuse(key, 'is the path of another file of it')
      }
    }
  })

/** What a `certificate` task desires, with defaults filled in. */
export type DesiredCertificate = z.output<typeof certificateSchema>
