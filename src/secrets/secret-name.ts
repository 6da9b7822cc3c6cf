/** What secrets may be called, so that a name needs no quoting anywhere. */

/** The rule in words. */
export const nameRule =
  'A name starts with a letter or digit and holds letters, digits, dots, dashes, underscores and slashes: mysql.app'

/** Whether a secret may be called so. */
export function isSecretName(name: unknown): name is string {
  return typeof name === 'string' && /^[A-Za-z0-9][\w./-]*$/.test(name) && name !== '__proto__'
}
