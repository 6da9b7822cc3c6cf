/** Variables that are secrets: a plain text in their place is refused, with what to write. */

import { z } from 'zod'
import { Secret } from '../shell/secret.ts'

const instead = "secret('…') for one of the encrypted file, or secretFromEnvironment, secretFromCommand, promptedSecret"

/**
 * The schema of a variable that is a secret. The compiler refuses a plain string in its place, and so does `check`.
 *
 * @example
 * ```ts
 * import { defineRole, file, secretSchema, z } from 'foobar-deploy'
 *
 * export const app = defineRole({
 *   name: 'app',
 *   variables: z.strictObject({ token: secretSchema() }),
 *   tasks: ({ vars }) => [file({ path: '/etc/app/token', content: vars.token, mode: '0600' })],
 * })
 * ```
 */
export function secretSchema(): z.ZodType<Secret<string>, Secret<string>> {
  return z.instanceof(Secret<string>, {
    error: ({ input }) =>
      input === undefined
        ? `is missing; give ${instead}`
        : `is a secret and must not stand in clear, where everyone who reads the inventory sees it; give ${instead}`,
  })
}
