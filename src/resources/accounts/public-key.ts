/** Public keys of SSH, as they stand in `.pub` files and in authorized_keys. */

import { z } from 'zod'

/** A public key. */
export interface PublicKey {
  /** `ssh-ed25519`. */
  readonly type: string
  /** The key itself, in base64: what identifies it. */
  readonly blob: string
  /** Whose it is, in free text. */
  readonly comment: string
}

/** A line of authorized_keys that holds a key. */
export interface KeyLine extends PublicKey {
  /** What stands before the key: `from="192.0.2.1",no-pty`. */
  readonly options: string
}

const pattern =
  /^(?:(?<options>.*\S)\s+)?(?<type>(?:ssh|ecdsa|sk)-[a-z0-9@.-]+)\s+(?<blob>AAAA[0-9A-Za-z+/]+={0,2})(?:\s+(?<comment>.*))?$/

/** The key in a line; undefined for an empty line, a comment, and what is no key. */
export function parseKeyLine(line: string): KeyLine | undefined {
  if (line.trimStart().startsWith('#')) return undefined
  const { options = '', type = '', blob = '', comment = '' } = pattern.exec(line.trim())?.groups ?? {}
  return blob === '' ? undefined : { options, type, blob, comment: comment.trim() }
}

/** A key as users write it: the one line of a `.pub` file. */
export const publicKey = z.string().transform((text, context): PublicKey => {
  const found = text.trim().includes('\n') ? undefined : parseKeyLine(text)
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message, input: text })
    return z.NEVER
  }
  if (/PRIVATE KEY/.test(text)) return refuse('This is a private key! The public one is in the file that ends in .pub')
  if (!found) return refuse('is no public key: expected one line such as "ssh-ed25519 AAAA... name"')
  if (found.options !== '') return refuse('starts with options: say them by `options`')
  if (typeIn(found.blob) !== found.type) return refuse(`is damaged: the key is not of type ${found.type}`)
  return { type: found.type, blob: found.blob, comment: found.comment }
})

/** The key as people tell it from others. */
export function nameOfKey({ type, blob, comment }: PublicKey): string {
  return `${type} ${comment === '' ? `…${blob.replaceAll('=', '').slice(-8)}` : comment}`
}

// A key begins with the length and the text of its type.
function typeIn(blob: string): string | undefined {
  const bytes = Buffer.from(blob, 'base64')
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0)
  return bytes.length > 4 + length ? bytes.toString('latin1', 4, 4 + length) : undefined
}
