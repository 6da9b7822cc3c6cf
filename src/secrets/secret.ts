/** How secrets are named where they are needed; their values stay where they are kept. */

import { FoobarDeployError } from '../errors.ts'
import { callerLocation } from '../model/origin.ts'
import type { Secret } from '../shell/secret.ts'
import { declareSecret } from './declared-secrets.ts'
import { type Generated, generatedSchema } from './generated.ts'
import { isSecretName, nameRule } from './secret-name.ts'
import { SecretReference, type SecretSource } from './secret-reference.ts'

/**
 * A secret from the encrypted file beside the inventory: `inventory/prod.secrets.json` for `inventory/prod.ts`. It is
 * decrypted when the inventory is loaded, before any connection; `check` tells without a key whether it is there.
 *
 * With `generate`, the first `apply` that finds no value makes one and keeps it in that file, which is made if there is
 * none: a password, or a certificate authority (its private key and its certificate in one PEM text) for `certificate`. A
 * value that is there is never replaced.
 *
 * @example
 * ```ts
 * import { secret } from 'foobar-deploy'
 *
 * export const vars = {
 *   mysql: { password: secret('mysql.app') }, // foobar-deploy secrets set mysql.app
 *   redis: { password: secret('redis.app', { generate: 'password' }) },
 *   authority: secret('tls.ca', { generate: 'certificate-authority' }),
 * }
 * ```
 */
export function secret(name: string, generated?: Generated): Secret<string> {
  if (!isSecretName(name)) throw wrong('invalid-secret-name', 'Not a valid name for a secret', name, nameRule)
  if (generated === undefined) return reference(name, { kind: 'file' })
  const { success, data, error } = generatedSchema.safeParse(generated)
  if (success) return reference(name, { kind: 'file', generated: data })
  const words = error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(' '))
  throw wrong('invalid-secret-options', 'The secret cannot be generated like that', `${name}: ${words.join('; ')}`)
}

/**
 * A secret from a variable of this process's environment, as a pipeline sets it.
 *
 * @example
 * ```ts
 * import { secretFromEnvironment } from 'foobar-deploy'
 *
 * export const token = secretFromEnvironment('DEPLOY_TOKEN')
 * ```
 */
export function secretFromEnvironment(variable: string): Secret<string> {
  if (!/^[A-Za-z_]\w*$/.test(variable)) {
    throw wrong('invalid-secret-name', 'Not a valid name for an environment variable', variable)
  }
  return reference(`$${variable}`, { kind: 'environment', variable })
}

/**
 * A secret that a command of this machine prints: a password store. The line end after a single line is left out.
 *
 * @example
 * ```ts
 * import { secretFromCommand } from 'foobar-deploy'
 *
 * export const password = secretFromCommand(['op', 'read', 'op://ops/mysql/password'])
 * export const key = secretFromCommand(['pass', 'show', 'tls/www.foobar.com'])
 * ```
 */
export function secretFromCommand(command: readonly [program: string, ...args: string[]]): Secret<string> {
  if (!Array.isArray(command) || command.length === 0 || command.some((word) => typeof word !== 'string')) {
    throw wrong(
      'invalid-secret-command',
      'A command is a list of words',
      JSON.stringify(command),
      "['op', 'read', '…']",
    )
  }
  return reference(command.join(' '), { kind: 'command', command })
}

/**
 * A secret that is asked for on the terminal at the start of each run, and not shown while it is typed.
 *
 * @example
 * ```ts
 * import { promptedSecret } from 'foobar-deploy'
 *
 * export const becomePassword = promptedSecret('Password for sudo')
 * ```
 */
export function promptedSecret(question: string): Secret<string> {
  return reference(question, { kind: 'prompt', question })
}

function reference(name: string, source: SecretSource): Secret<string> {
  return declareSecret(new SecretReference(name, source, callerLocation()))
}

function wrong(code: string, summary: string, detail: string, hint?: string): FoobarDeployError {
  const at = callerLocation()
  return new FoobarDeployError('definition', code, summary, {
    detail,
    ...(hint ? { hint } : {}),
    ...(at ? { at } : {}),
  })
}
