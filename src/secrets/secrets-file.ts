/** The file of an inventory's secrets: names and recipients in clear, so that a review shows what changed; values encrypted. */

import { existsSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { z } from 'zod'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { quote } from '../shell/quote.ts'
import { isSecretName } from './secret-name.ts'

const base64 = z.base64().min(1)

const shared = {
  /** Who can open it, by name. */
  recipients: z.record(z.string(), z.string().startsWith('age1')),
  /** What values are encrypted to. */
  publicKey: z.string().startsWith('age1'),
  /** The identity that belongs to it, each an age file in base64. */
  lockedKey: z
    .strictObject({ forRecipients: base64.optional(), forPassphrase: base64.optional() })
    .refine(({ forRecipients, forPassphrase }) => forRecipients ?? forPassphrase, 'nobody could open it'),
}
const values = <T extends z.ZodType<string>>(value: T) => z.record(z.string().refine(isSecretName), value)

/**
 * Values are encrypted to a key of the file's own, so that changing one touches one line; that key is locked for every
 * recipient, for a passphrase, or both.
 */
const schema = z.strictObject({
  version: z.literal(2),
  ...shared,
  /** After a rekey: the proof, for those who opened the file before, that its key was changed by somebody who could open it. */
  succeeds: base64.optional(),
  /** The seal of the list of names. */
  names: base64,
  /** By name of the secret, each an age file in base64, a dot, and its seal. */
  values: values(z.string().regex(/^[A-Za-z0-9+/]+={0,2}\.[A-Za-z0-9+/]+=?$/, 'no encrypted value with its seal')),
})

/** Files of version 1 had no seals: whoever knew the public key, which stands in clear, could put a value in. */
const unsealedSchema = z.strictObject({ version: z.literal(1), ...shared, values: values(base64) })

/** A secrets file whose values have seals. */
export type SecretsFile = z.output<typeof schema>

/** A secrets file of version 1. */
export type UnsealedFile = z.output<typeof unsealedSchema>

/** Where the secrets of an inventory are kept: `inventory/prod.secrets.json` beside `inventory/prod.ts`. */
export function secretsPath(inventory: string): string {
  return `${inventory.slice(0, inventory.length - extname(inventory).length)}.secrets.json`
}

/** The option that names the inventory of the secrets at `path`, for a command that a message suggests. */
export function inventoryOption(path: string): string {
  const base = path.replace(/\.secrets\.json$/, '')
  const ending = ['.ts', '.mts', '.js', '.mjs'].find((each) => existsSync(base + each)) ?? '.ts'
  return `--inventory ${quote(base + ending)}`
}

/** The file at `path`; undefined where there is none. One without seals is refused. */
export function readSecretsFile(path: string): SecretsFile | undefined {
  const file = readAnySecretsFile(path)
  if (file?.version !== 1) return file
  throw new FoobarDeployError(
    'definition',
    'secrets-file-unsealed',
    'The secrets file does not prove who wrote its values',
    {
      detail: `${path} is of version 1, which has no seals`,
      hint: `If version control shows that it was of version 2 before, somebody has changed it: take that back. If not, \`foobar-deploy secrets rekey ${inventoryOption(path)}\` takes the values over as they are, and seals them.`,
      at: { file: path },
    },
  )
}

/** The file at `path`, with seals or without; undefined where there is none. */
export function readAnySecretsFile(path: string): SecretsFile | UnsealedFile | undefined {
  const text = readText(path)
  return text === undefined ? undefined : parseSecretsFile(path, text)
}

/** The secrets file that `text` is. */
export function parseSecretsFile(path: string, text: string): SecretsFile | UnsealedFile {
  if (/^(<{7}|={7}|>{7})( |$)/m.test(text)) {
    throw invalid(
      path,
      'it holds the marks of a merge conflict',
      `Keep both sides: each value stands on a line of its own. Where both add or remove secrets, keep either \`names\`, and seal the list again with \`foobar-deploy secrets rekey ${inventoryOption(path)}\`.`,
    )
  }
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (thrown) {
    throw invalid(path, messageOf(thrown))
  }
  const version = (data as { version?: unknown } | null)?.version
  if (typeof version === 'number' && version > 2) {
    throw invalid(
      path,
      `it is of version ${version}, this foobar-deploy knows versions up to 2`,
      'Update foobar-deploy.',
    )
  }
  const parsed = (version === 1 ? unsealedSchema : schema).safeParse(data)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '))
  throw invalid(path, issues.join('; '))
}

/** The text of the file; names are in order, so that a change is a line. */
export function secretsFileText(file: SecretsFile | UnsealedFile): string {
  const { version, recipients, publicKey, lockedKey, values } = file
  const seals = file.version === 2 ? { succeeds: file.succeeds, names: file.names } : {}
  const ordered = { version, recipients: sorted(recipients), publicKey, lockedKey, ...seals, values: sorted(values) }
  return `${JSON.stringify(ordered, null, 2)}\n`
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
