/** Requests that a host makes: the schemas of address, status and headers, and the lines that headers are sent as. */

import { z } from 'zod'
import { Secret } from '../../shell/secret.ts'
import { oneOrMore } from './one-or-more.ts'

const text = z.string().regex(/^[^\r\n\0]*$/, 'must be one line')

/** An address of http or https, without a user in it. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://www.example.org/file' })
  .refine((url) => {
    const { username, password } = new URL(url)
    return username === '' && password === ''
  }, 'must not hold a user or password, which everyone on the host could see: write headers: { Authorization: secret }')

/** The status of an answer that is right, or several. */
export const httpStatus = oneOrMore(z.int().min(100).max(599)).default([200])

/** Headers by their name; a value may be secret. */
export const httpHeaders = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/),
    z.union([
      text,
      z.instanceof(Secret<string>).refine((secret) => text.safeParse(secret.reveal()).success, 'must be one line'),
    ]),
    { error: ({ code }) => (code === 'invalid_key' ? 'is no name of a header' : undefined) },
  )
  .default({})

/** Headers by name; a value may be a secret. */
export type HttpHeaders = z.output<typeof httpHeaders>

/** The lines of headers as they are sent. */
export function plainLines(lines: string | Secret<Uint8Array>): string {
  return typeof lines === 'string' ? lines : Buffer.from(lines.reveal()).toString()
}

/** The headers, one a line; secret if one of them is: as bytes, so that no ordinary header is masked. */
export function headerLines(headers: HttpHeaders): string | Secret<Uint8Array> {
  const entries = Object.entries(headers)
  const lines = entries
    .map(([name, value]) => `${name}: ${value instanceof Secret ? value.reveal() : value}\n`)
    .join('')
  return entries.some(([, value]) => value instanceof Secret) ? new Secret('headers', Buffer.from(lines)) : lines
}
