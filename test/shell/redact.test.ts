/** Masking by value: no usual spelling of a secret gets through, and nothing else is touched. */

import { expect, test } from 'vitest'
import { mask, redact } from '../../src/shell/redact.ts'
import { Secret } from '../../src/shell/secret.ts'

const value = `p"a's/s\\w+ö rd%&`
new Secret('odd', value)
new Secret('inner', 'correct')
new Secret('outer', 'incorrect horse')
new Secret('overlap', 'horse battery')
const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkq\n'.repeat(2)}Zm9vYmFyCg==\n-----END PRIVATE KEY-----\n`
new Secret('tls.key', key)
const long = Array.from({ length: 200 }, (_, index) => String.fromCharCode(97 + ((index * 7) % 26))).join('')
new Secret('long', long)
new Secret('bytes', Buffer.from('plain line of a file'))

const base64 = (text: string) => Buffer.from(text).toString('base64')
const hex = (text: string) => Buffer.from(text).toString('hex')
const pairsOf = (text: string) => hex(text).match(/../g) ?? []

test.each([
  ['as it is', value],
  ['in JSON', JSON.stringify({ password: value })],
  ['in JSON that is ASCII', '{"password":"p\\"a\'s/s\\\\w+\\u00f6 rd%&"}'],
  ['in JSON with slashes escaped', 'p\\"a\'s\\/s\\\\w+ö rd%&'],
  ['in a URL', `mysql://app:${encodeURIComponent(value)}@db`],
  ['in a form', new URLSearchParams({ value }).toString()],
  ['in a URL with small letters', encodeURIComponent(value).replaceAll(/%../g, (code) => code.toLowerCase())],
  ['quoted for the shell', `+ echo '${value.replaceAll("'", `'\\''`)}'`],
  ['in base64', base64(value)],
  ['in base64 for URLs', Buffer.from(value).toString('base64url')],
  ['in base64 after others', base64(`app:${value}`)],
  ['in base64 after one more', base64(`app1:${value}@x`)],
  ['in base64 after two more', base64(`app12:${value}\n`)],
  ['in hexadecimal', hex(`app:${value}`)],
  ['in capital hexadecimal', hex(`app:${value}`).toUpperCase()],
  ['in hexadecimal with blanks', pairsOf(value).join(' ')],
  ['in hexadecimal with colons', pairsOf(value).join(':').toUpperCase()],
  [
    'in escapes of C',
    pairsOf(value)
      .map((pair) => `\\x${pair}`)
      .join(''),
  ],
  [
    'in capital escapes of C',
    pairsOf(value)
      .map((pair) => `\\x${pair.toUpperCase()}`)
      .join(''),
  ],
  ['in groups of xxd', (hex(value).match(/.{1,4}/g) ?? []).join(' ')],
  ['quoted for SQL', `IDENTIFIED BY '${value.replaceAll("'", "''")}'`],
  ['in HTML', value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')],
])('a value %s is masked', (_, text) => {
  const redacted = redact(text)
  expect(redacted).toContain(mask)
  // Of base64 at most the bits shared with the neighbours are left, at its ends.
  const pieces = [value, value.slice(0, 6), value.slice(-6), base64(value).slice(4, 16), hex(value).slice(4, 16)]
  for (const piece of [...pieces, pairsOf(value).slice(2, 8).join(' '), pairsOf(value).slice(2, 8).join(':')]) {
    expect(redacted.toLowerCase()).not.toContain(piece.toLowerCase())
  }
})

test.each([
  ['one in another', 'an incorrect horse', `an ${mask}`],
  ['two that overlap', 'an incorrect horse battery staple', `an ${mask} staple`],
  ['one twice', 'correct, correct', `${mask}, ${mask}`],
  ['lines of one', '+MIIEvQIBADANBgkq\n+Zm9vYmFyCg==', `+${mask}\n+${mask}`],
])('%s are masked whole', (_, text, expected) => {
  expect(redact(text)).toBe(expected)
})

test('base64 is masked in lines too', () => {
  const wrapped = base64(long).replaceAll(/.{76}/g, '$&\n')
  expect(redact(wrapped).replaceAll(mask, '').replaceAll(/[\n=]/g, '')).toBe('')
})

test('hexadecimal is masked in lines too', () => {
  const wrapped = hex(long).replaceAll(/.{60}/g, '$&\n')
  expect(redact(wrapped).replaceAll(mask, '').trim()).toBe('')
})

test.each(['-----BEGIN PRIVATE KEY-----', 'plain line of a file', '', 'corr ect', 'Correct'])('%j is left', (text) => {
  expect(redact(text)).toBe(text)
})

test('a value of fewer than four characters is not looked for', () => {
  new Secret('short', 'the')
  expect(redact('the end')).toBe('the end')
})
