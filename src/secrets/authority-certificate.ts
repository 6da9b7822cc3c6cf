/** The public half of a certificate authority: what those who trust it must have. */

import { authorityIn } from '../certificates/authority.ts'
import { FoobarDeployError } from '../errors.ts'
import { callerLocation } from '../model/origin.ts'
import type { Secret } from '../shell/secret.ts'

/**
 * The certificate of an authority that is kept as a secret, in PEM. It is no secret. Where the value is not known, as in
 * `check`, it is a text that says so.
 *
 * @example
 * ```ts
 * import { authorityCertificate, file, secret } from 'foobar-deploy'
 *
 * const authority = secret('tls.ca', { generate: 'certificate-authority' })
 * const tasks = () => [file({ path: '/etc/ssl/certs/foobar.pem', content: authorityCertificate(authority) })]
 * ```
 */
export function authorityCertificate(authority: Secret<string>): string {
  if (!authority.hasValue) return `the certificate of ${authority.name}\n`
  const found = authorityIn(authority.reveal())
  if (typeof found !== 'string') return found.pem
  const at = callerLocation()
  throw new FoobarDeployError('definition', 'not-an-authority', 'The secret is no certificate authority', {
    detail: `${authority.name} ${found}`,
    hint: "secret('tls.ca', { generate: 'certificate-authority' }) makes one.",
    ...(at ? { at } : {}),
  })
}
