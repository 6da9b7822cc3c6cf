/** known_hosts: what its lines say of a key. The hashed lines were made by ssh-keygen -H. */

import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  fingerprintOf,
  judgeHostKey,
  keyTypeOf,
  knownHostLine,
  knownHostName,
  newSalt,
  parseKnownHosts,
} from '../../../src/transport/host-keys/known-hosts.ts'
import { matchesPatterns } from '../../../src/transport/ssh-config/patterns.ts'

const keyOf = (type: string, seed: number) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(type.length)
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(36, seed)])
}
const key = keyOf('ssh-ed25519', 1)
const other = keyOf('ssh-ed25519', 2)
const rsa = keyOf('ssh-rsa', 3)
const line = (hosts: string, of = key) => `${hosts} ${keyTypeOf(of)} ${of.toString('base64')}`
const hashed = (name: string) => {
  const salt = Buffer.alloc(20, 7)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

const cases: [title: string, text: string, name: string, kind: string, line?: number][] = [
  ['an empty file', '', 'web1', 'unknown'],
  ['a plain entry', line('web1'), 'web1', 'known', 1],
  ['an entry with a comment behind it', `# web1\n\n${line('web1')} me@there`, 'web1', 'known', 3],
  ['several names', line('web1,10.0.0.1'), '10.0.0.1', 'known', 1],
  ['another host', line('web2'), 'web1', 'unknown'],
  ['a port of its own', line('[web1]:2222'), '[web1]:2222', 'known', 1],
  ['the port counts', line('web1'), '[web1]:2222', 'unknown'],
  ['brackets are no character class', line('[web1]:2222'), 'w:2222', 'unknown'],
  ['a wildcard', line('web*'), 'web1', 'known', 1],
  ['a negation', line('web*,!web1'), 'web1', 'unknown'],
  ['names in any case', line('WEB1'), 'web1', 'known', 1],
  ['a hashed name', line(hashed('web1')), 'web1', 'known', 1],
  ['a hashed name with a port', line(hashed('[web1]:2222')), '[web1]:2222', 'known', 1],
  ['a hash of another name', line(hashed('web2')), 'web1', 'unknown'],
  ['an unknown kind of hash', line('|2|abc|def'), 'web1', 'unknown'],
  ['a changed key', line('web1', other), 'web1', 'changed', 1],
  ['one of several keys', `${line('web1', rsa)}\n${line('web1', other)}\n${line('web1')}`, 'web1', 'known', 3],
  ['known with another type only', line('web1', rsa), 'web1', 'changed', 1],
  ['a revoked key', `${line('web1')}\n@revoked ${line('*')}`, 'web1', 'revoked', 2],
  ['another revoked key', `@revoked ${line('*', other)}\n${line('web1')}`, 'web1', 'known', 2],
  ['an authority is no key', `@cert-authority ${line('*')}`, 'web1', 'unknown'],
  ['a marker nobody knows', `@future ${line('*')}`, 'web1', 'unknown'],
  ['a broken line', `web1 ssh-ed25519\n${line('web1')}`, 'web1', 'known', 2],
]

test.each(cases)('%s', (_, text, name, kind, at) => {
  const verdict = judgeHostKey(parseKnownHosts(text, '/kh'), name, key)
  expect(verdict.kind).toBe(kind)
  const entry = 'entry' in verdict ? verdict.entry : 'entries' in verdict ? verdict.entries[0] : undefined
  expect(entry?.line).toBe(at)
  if (entry) expect(entry.file).toBe('/kh')
})

test('an unknown host with a certificate authority tells of it', () => {
  const verdict = judgeHostKey(parseKnownHosts(`@cert-authority ${line('*')}`, '/kh'), 'web1', key)
  expect(verdict).toMatchObject({ kind: 'unknown', authorities: [{ line: 1, marker: 'cert-authority' }] })
})

test('what ssh-keygen -H wrote', () => {
  const text = '|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-rsa AAAA'
  expect(judgeHostKey(parseKnownHosts(text, '/kh'), '192.168.1.61', key).kind).toBe('changed')
  expect(judgeHostKey(parseKnownHosts(text, '/kh'), '192.168.1.62', key).kind).toBe('unknown')
})

test('a line that was written is read again', () => {
  const name = knownHostName('Web1', 2222)
  expect(judgeHostKey(parseKnownHosts(knownHostLine(name, key), '/kh'), name, key).kind).toBe('known')
  expect(knownHostName('Web1', 22)).toBe('web1')
})

test('a hashed line is one that ssh-keygen -H could have written', () => {
  const written = knownHostLine('[web1]:2222', key, newSalt())
  expect(written).toMatch(/^\|1\|[\w+/]{27}=\|[\w+/]{27}= ssh-ed25519 /)
  expect(knownHostLine('web1', key, newSalt())).not.toBe(knownHostLine('web1', key, newSalt()))
  expect(judgeHostKey(parseKnownHosts(written, '/kh'), '[web1]:2222', key).kind).toBe('known')
})

test('fingerprints are those of ssh-keygen -l', () => {
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
  expect(fingerprintOf(Buffer.from(blob, 'base64'))).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU')
  expect(keyTypeOf(Buffer.from(blob, 'base64'))).toBe('ssh-ed25519')
})

test.each([
  [['*'], 'anything', true],
  [['a.b'], 'axb', false],
  [['a?c'], 'abc', true],
  [['a?c'], 'ac', false],
  [['!b', '*'], 'b', false],
  [['!b'], 'c', false],
])('patterns %j on %s: %s', (patterns, text, expected) => {
  expect(matchesPatterns(patterns, text)).toBe(expected)
})
