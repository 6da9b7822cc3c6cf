/** The file of an inventory's secrets: names and recipients in clear, so that a review shows what changed; values encrypted. */

import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { z } from 'zod'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { isSecretName } from './secret-name.ts'

const base64 = z.base64().min(1)

/**
 * Values are encrypted to a key of the file's own, so that changing one touches one line; that key is locked for every
 * recipient, for a passphrase, or both.
 */
const schema = z.strictObject({
  version: z.literal(1),
  /** Who can open it, by name. */
  recipients: z.record(z.string(), z.string().startsWith('age1')),
  /** What values are encrypted to. */
  publicKey: z.string().startsWith('age1'),
  /** The identity that belongs to it, each an age file in base64. */
  lockedKey: z
    .strictObject({ forRecipients: base64.optional(), forPassphrase: base64.optional() })
    .refine(({ forRecipients, forPassphrase }) => forRecipients ?? forPassphrase, 'nobody could open it'),
  /** By name of the secret, each an age file in base64. */
  values: z.record(z.string().refine(isSecretName), base64),
})

/** See {@link schema}. */
export type SecretsFile = z.output<typeof schema>

/** Where the secrets of an inventory are kept: `inventory/prod.secrets.json` beside `inventory/prod.ts`. */
export function secretsPath(inventory: string): string {
  return `${inventory.slice(0, inventory.length - extname(inventory).length)}.secrets.json`
}

/** The file at `path`; undefined where there is none. */
export function readSecretsFile(path: string): SecretsFile | undefined {
  const text = readText(path)
  return text === undefined ? undefined : parseSecretsFile(path, text)
}

/** The secrets file that `text` is. */
export function parseSecretsFile(path: string, text: string): SecretsFile {
  if (/^(<{7}|={7}|>{7})( |$)/m.test(text)) {
    throw invalid(
      path,
      'it holds the marks of a merge conflict',
      'Keep both sides: each value stands on a line of its own.',
    )
  }
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (thrown) {
    throw invalid(path, messageOf(thrown))
  }
  const version = (data as { version?: unknown } | null)?.version
  if (typeof version === 'number' && version > 1) {
    throw invalid(path, `it is of version ${version}, this foobar-deploy knows version 1`, 'Update foobar-deploy.')
  }
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '))
  throw invalid(path, issues.join('; '))
}

/** The text of the file; names are in order, so that a change is a line. */
export function secretsFileText({ version, recipients, publicKey, lockedKey, values }: SecretsFile): string {
  const file = { version, recipients: sorted(recipients), publicKey, lockedKey, values: sorted(values) }
  return `${JSON.stringify(file, null, 2)}\n`
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([left], [right]) => (left < right ? -1 : 1)))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new FoobarDeployError('environment', 'secrets-file-unreadable', 'The secrets file cannot be read', {
      detail: messageOf(cause),
      cause,
    })
  }
}

function invalid(
  path: string,
  detail: string,
  hint = 'It is written by `foobar-deploy secrets` alone; take it back from version control.',
): FoobarDeployError {
  return new FoobarDeployError('definition', 'invalid-secrets-file', 'The secrets file is not as it was written', {
    detail,
    hint,
    at: { file: path },
  })
}
