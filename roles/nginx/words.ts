/** Words of nginx’s configuration: what may stand where, and how a text becomes one word. */

import { z } from 'foobar-deploy'

/** A word that cannot end its directive. */
export const word = z.string().regex(/^[^\s;{}"'\\]+$/, 'must be one word without ; { } or quotes')

export const path = z.string().regex(/^\/[^\s;{}"'\\]*$/, 'must be an absolute path without spaces, ; { } or quotes')

export const size = z.string().regex(/^\d+[kmg]?$/i, 'must be a size as nginx writes it: 512k, 64m')

export const seconds = z.int().positive()

export const port = z.int().min(1).max(65_535)

export const url = z.string().regex(/^https?:\/\/[^\s;{}"'\\]+$/, 'must be an http or https URL without spaces')

/** Response or request headers by name; nginx’s variables in the values are filled in. */
export const headers = z.record(
  z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header'),
  z.string().regex(/^[^\r\n]*$/, 'must be one line'),
)

/** Where requests are logged: a file, a file in a format of `logFormats`, or not at all. */
export const accessLog = z.union([path, z.literal(false), z.strictObject({ path, format: word })], {
  error: 'must be an absolute path, { path, format }, or false',
})

/** Directives that are put in as they stand. */
export const directives = z.array(z.string().regex(/[;}]\s*$/, 'must end with ; or }'))

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** `text` as one word in double quotes, of which nginx makes the same text again. */
export function quoted(text: string): string {
  // A backslash stands for itself, except before these and at the end.
  const escaped = text.replaceAll(/\\(?=["'\\trn]|$)|"/g, '\\$&')
  return `"${escaped.replaceAll(/[\n\r\t]/g, (character) => named[character] ?? character)}"`
}

/** `text` as it is if nginx takes it for one word, else in quotes. */
export function oneWord(text: string): string {
  return /^[^\s;{}"'\\]+$/.test(text) ? text : quoted(text)
}
