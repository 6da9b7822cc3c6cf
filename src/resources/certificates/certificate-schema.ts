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

const object = z
  .strictObject({
    path: absolutePath,
    keyPath: absolutePath,
    state: z.enum(['present', 'absent']).default('present'),
    names: z.array(name).min(1, 'must not be empty').optional(),
    authority: authority.optional(),
    validDays: z.int().min(1, 'must be at least 1').max(3650, 'must be at most 3650').default(90),
    renewBeforeDays: z.int().min(0, 'must not be negative').default(30),
    owner: attributes.owner.default('root'),
    group: attributes.group.default('root'),
    mode: attributes.mode.default('0600'),
    bundlePath: absolutePath.optional(),
    authorityPath: absolutePath.optional(),
  })
  .superRefine(({ path, keyPath, bundlePath, authorityPath, validDays, renewBeforeDays, ...given }, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
    for (const key of ['names', 'authority'] as const) {
      const isGiven = given[key] !== undefined
      if (given.state === 'present' && !isGiven) refuse(key, 'is missing')
      if (given.state === 'absent' && isGiven) refuse(key, "means nothing with state: 'absent'")
    }
    if (renewBeforeDays >= validDays)
      refuse('renewBeforeDays', 'must be less than validDays, or it is issued again by every run')
    const paths = Object.entries({ path, keyPath, bundlePath, authorityPath })
    for (const [index, [key, own]] of paths.entries()) {
      if (own !== undefined && paths.slice(0, index).some(([, other]) => other === own)) {
        refuse(key, 'is the path of another file of it')
      }
    }
  })

  .transform(({ names = [], ...given }) => ({ ...given, names }))

interface CertificatePaths {
  /** Where the certificate lies. */
  readonly path: string
  /** Where its private key lies. */
  readonly keyPath: string
  /** Where the certificate and its key stand in one file, as HAProxy wants it. */
  readonly bundlePath?: string
  /** Where the certificate of the authority lies. */
  readonly authorityPath?: string
}

/** What a `certificate` task says. */
export type CertificateInput =
  | (CertificatePaths & { readonly state: 'absent' })
  | (CertificatePaths & {
      readonly state?: 'present'
      /** Names and addresses of the host that it is for; the first stands as its common name too. */
      readonly names: readonly string[]
      /** The authority that issues it: `secret('…', { generate: 'certificate-authority' })`. */
      readonly authority: Secret<string>
      /** For how many days it is valid; default 90. */
      readonly validDays?: number
      /** How many days before its end it is issued again; default 30. */
      readonly renewBeforeDays?: number
      /** The owner of all files. */
      readonly owner?: string
      /** The group of all files. */
      readonly group?: string
      /** The mode of the files with the key, by default `'0600'`; the others have 0644. */
      readonly mode?: string
    })

/** What a `certificate` task desires, with defaults filled in. */
export type DesiredCertificate = z.output<typeof object>

// What goes with which state is known to the type alone.
export const certificateSchema = object as unknown as z.ZodType<DesiredCertificate, CertificateInput>
