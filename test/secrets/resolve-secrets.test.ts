/** References: what is missing is told without a key and all at once, what is there is found out, and nothing else. */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { missingSecrets } from '../../src/secrets/missing-secrets.ts'
import { resolveSecrets } from '../../src/secrets/resolve-secrets.ts'
import { sealOfValue } from '../../src/secrets/seal.ts'
import { SecretReference, type SecretSource } from '../../src/secrets/secret-reference.ts'
import { referencesIn, secretText } from '../../src/secrets/secret-text.ts'
import { secretsFileText } from '../../src/secrets/secrets-file.ts'
import { redact } from '../../src/shell/redact.ts'
import { folder, newVault, somebody } from './surroundings.ts'

const kept = (name: string) => new SecretReference(name, { kind: 'file' }, { file: '/x/dev.ts', line: 3 })
const from = (source: SecretSource, name = source.kind) => new SecretReference(name, source, undefined)

test('a reference does not tell what it does not know, and hides what it does', () => {
  const reference = kept('mysql.app')
  expect(reference.hasValue).toBe(false)
  expect(() => reference.reveal()).toThrow(TypeError)
  reference.standIn()
  expect(reference.hasValue).toBe(false)
  expect(reference.reveal()).toBe('stand-in-for-mysql.app')
  reference.resolve('a value of its own')
  expect(reference.hasValue).toBe(true)
  expect(reference.reveal()).toBe('a value of its own')
  expect(`${reference} ${JSON.stringify({ reference })} ${inspect(reference)}`).not.toContain('a value')
  expect(redact('it is a value of its own')).toBe('it is ********')
})

test('every source gives its value', async () => {
  const anna = await somebody({ TOKEN: 'from the environment' }, { 'What is it?: ': 'from a person' })
  const { inventory } = await newVault({ anna }, { 'mysql.app': 'from the file' })
  const references = [
    kept('mysql.app'),
    kept('mysql.app'),
    from({ kind: 'environment', variable: 'TOKEN' }),
    from({ kind: 'command', command: ['/bin/echo', 'from a command'] }),
    from({ kind: 'command', command: ['/bin/sh', '-c', 'echo one; echo two'] }),
    from({ kind: 'prompt', question: 'What is it?' }, 'What is it?' as never),
  ]
  await resolveSecrets(references, inventory, anna)
  expect(references.map((reference) => reference.reveal())).toEqual([
    'from the file',
    'from the file',
    'from the environment',
    'from a command',
    'one\ntwo\n',
    'from a person',
  ])
})

test('all that are missing are told at once, without a key', async () => {
  const { inventory, path } = await newVault({ anna: await somebody() }, { 'mysql.app': 'correct horse' })
  const nobody = await somebody({ PATH: '/usr/bin:/bin', EMPTY: '' })
  const references = [
    kept('mysql.app'),
    kept('mysql.ap'),
    kept('constructor'),
    from({ kind: 'environment', variable: 'EMPTY' }),
    from({ kind: 'command', command: ['no-such-program'] }),
    from({ kind: 'command', command: ['sh'] }),
    from({ kind: 'prompt', question: 'x' }),
  ]
  const problems = missingSecrets(references, inventory, nobody)
  expect(problems).toEqual([
    {
      subject: 'secret mysql.ap',
      path: '',
      at: { file: '/x/dev.ts', line: 3 },
      message: `is not in ${path}; did you mean mysql.app? If not, set it with: foobar-deploy secrets set mysql.ap --inventory ${inventory}`,
    },
    expect.objectContaining({ subject: 'secret constructor' }),
    expect.objectContaining({ message: 'the variable EMPTY of the environment is not set' }),
    expect.objectContaining({ message: 'there is no program no-such-program here to get it with' }),
  ])
  await expect(resolveSecrets(references, inventory, nobody)).rejects.toMatchObject({
    code: 'invalid-definition',
    summary: 'The definition has 4 problems',
  })
})

test('without a file it is told how to make one', async () => {
  const inventory = join(await folder(), 'dev.ts')
  const [problem] = missingSecrets([kept('a.b')], inventory, await somebody())
  expect(problem?.message).toContain(`foobar-deploy secrets init --inventory ${inventory}`)
})

test('what is not referenced is not decrypted, and what fails is told at its place', async () => {
  const anna = await somebody()
  const { inventory, path, file, key } = await newVault({ anna }, { good: 'good value', bad: 'bad value' })
  const bad = `AAAA.${sealOfValue(key.identity, { name: 'bad', ciphertext: 'AAAA' })}`
  writeFileSync(path, secretsFileText({ ...file, values: { ...file.values, bad } }))
  const good = kept('good')
  await resolveSecrets([good], inventory, anna)
  expect(good.reveal()).toBe('good value')
  await expect(resolveSecrets([kept('bad')], inventory, anna)).rejects.toMatchObject({
    detail: expect.stringContaining('the value of bad is damaged'),
    at: { file: '/x/dev.ts', line: 3 },
  })
})

test('a command that fails, and values that cannot be masked, are told together', async () => {
  const references = [
    from({ kind: 'command', command: ['/bin/sh', '-c', 'echo locked >&2; exit 3'] }),
    from({ kind: 'environment', variable: 'PIN' }),
  ]
  const nobody = await somebody({ PIN: '123' })
  await expect(resolveSecrets(references, 'dev.ts', nobody)).rejects.toMatchObject({
    detail: expect.stringMatching(/fewer than 4 characters[\s\S]*exit status 3: locked/),
  })
})

test('the first command may unlock what the others need', async () => {
  const log = join(await folder(), 'log')
  const program = join(await folder(), 'store')
  writeFileSync(program, `#!/bin/sh\necho "begin $1" >>${log}; sleep 0.2; echo "end $1" >>${log}; echo "value $1"\n`)
  chmodSync(program, 0o755)
  const references = ['1', '2', '3'].map((word) => from({ kind: 'command', command: [program, word] }, word as never))
  await resolveSecrets(references, 'dev.ts', await somebody())
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  expect(lines.slice(0, 2)).toEqual(['begin 1', 'end 1'])
  expect(lines.slice(2, 4).sort()).toEqual(['begin 2', 'begin 3'])
})

test('text with secrets is a secret that is put together when it is needed', () => {
  const password = kept('mysql.app')
  const address = secretText`mysql://app:${password}@db:${3306}/shop`
  expect(address.hasValue).toBe(false)
  expect(referencesIn(address)).toEqual([password])
  password.resolve('correct horse')
  expect(address.hasValue).toBe(true)
  expect(address.reveal()).toBe('mysql://app:correct horse@db:3306/shop')
  expect(`${address} ${inspect(address)}`).toBe('******** Secret(text with mysql.app)')
})
