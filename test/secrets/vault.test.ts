/** Secrets files: who can open them, what a change touches, and what is noticed when other hands were at them. */

import { chmodSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encryptTo } from '../../src/secrets/age.ts'
import { identityPath } from '../../src/secrets/identities.ts'
import { sealedParts, sealOfValue } from '../../src/secrets/seal.ts'
import type { SecretsEnvironment } from '../../src/secrets/secrets-environment.ts'
import {
  parseSecretsFile,
  readSecretsFile,
  type SecretsFile,
  secretsFileText,
  type UnsealedFile,
} from '../../src/secrets/secrets-file.ts'
import { newSecretsFile } from '../../src/secrets/unlock.ts'
import { openForRekey, openVault, rekeyed, valueIn, withoutValue, withValue } from '../../src/secrets/vault.ts'
import { writeSecretsFile } from '../../src/secrets/write-secrets-file.ts'
import { keyOf, newVault, somebody } from './surroundings.ts'

const values = { 'mysql.app': 'correct horse', 'tls.key': 'line one\nline two ö\n' }

test('what was set is read again, by each recipient', async () => {
  const [anna, ben] = [await somebody(), await somebody()]
  const { path } = await newVault({ anna, ben }, values)
  for (const person of [anna, ben]) {
    const vault = await openVault(path, person)
    expect(await valueIn(vault, 'mysql.app')).toBe('correct horse')
    expect(await valueIn(vault, 'tls.key')).toBe('line one\nline two ö\n')
  }
})

test('names stand in clear, values do not', async () => {
  const { path } = await newVault({ anna: await somebody() }, values)
  const text = readFileSync(path, 'utf8')
  expect(text).toContain('"mysql.app"')
  for (const part of ['correct', 'line one', Buffer.from('correct horse').toString('base64').slice(2, 12)]) {
    expect(text).not.toContain(part)
  }
})

test('a change of one value is a change of one line', async () => {
  const vault = await newVault({ anna: await somebody() }, values)
  const before = secretsFileText(vault.file).split('\n')
  const after = secretsFileText(await withValue(vault, 'mysql.app', 'another horse')).split('\n')
  expect(after.filter((line, index) => line !== before[index])).toEqual([expect.stringContaining('"mysql.app"')])
})

test('an identity is for its owner alone', async () => {
  const anna = await somebody()
  const { path } = await newVault({ anna }, values)
  const identity = identityPath(anna)
  expect(statSync(identity).mode & 0o777).toBe(0o600)
  expect(statSync(dirname(identity)).mode & 0o777).toBe(0o700)
  chmodSync(identity, 0o640)
  await expect(openVault(path, anna)).rejects.toMatchObject({ code: 'identity-unusable' })
})

test('a key or a passphrase that was named and that others can read is used, with a warning', {
  timeout: 60_000,
}, async () => {
  const anna = await somebody()
  const { path } = await newVault({ anna }, values, 'five words taken at random')
  const [key, passphrase] = [identityPath(anna), join(dirname(path), 'passphrase')]
  writeFileSync(passphrase, 'five words taken at random\n')
  const warnings: string[] = []
  const warn = (text: string) => void warnings.push(text)
  for (const environment of [{ FOOBAR_DEPLOY_IDENTITY: key }, { FOOBAR_DEPLOY_PASSPHRASE_FILE: passphrase }]) {
    for (const file of [key, passphrase]) chmodSync(file, 0o600)
    await openVault(path, { ...(await somebody(environment)), warn })
    expect(warnings).toEqual([])
    for (const file of [key, passphrase]) chmodSync(file, 0o644)
    await openVault(path, { ...(await somebody(environment)), warn })
    expect(warnings.splice(0)).toEqual([
      expect.stringMatching(/^others can read .* chmod 600 .*(identity\.txt|passphrase)/),
    ])
  }
})

test('a passphrase opens it beside identities, from the terminal or a file', { timeout: 60_000 }, async () => {
  const { path } = await newVault({ anna: await somebody() }, values, 'five words taken at random')
  const typed = await somebody({}, { [`Passphrase for ${path}: `]: 'five words taken at random' })
  expect(await valueIn(await openVault(path, typed), 'mysql.app')).toBe('correct horse')
  const file = join(dirname(path), 'passphrase')
  writeFileSync(file, 'five words taken at random\n')
  const pipeline = await somebody({ FOOBAR_DEPLOY_PASSPHRASE_FILE: file })
  expect(await valueIn(await openVault(path, pipeline), 'mysql.app')).toBe('correct horse')
  writeFileSync(file, 'five words\n')
  await expect(openVault(path, pipeline)).rejects.toMatchObject({ code: 'wrong-passphrase' })
})

describe('rekeying', () => {
  test('lets one in and another out', async () => {
    const [anna, ben, carol] = [await somebody(), await somebody(), await somebody()]
    const vault = await newVault({ anna, ben }, values)
    const recipients = { anna: await keyOf(anna), carol: await keyOf(carol) }
    const file = await rekeyed(values, recipients, undefined, vault.key)
    writeSecretsFile(vault.path, file, vault.file)
    for (const person of [anna, carol]) {
      expect(await valueIn(await openVault(vault.path, person), 'tls.key')).toBe(values['tls.key'])
    }
    await expect(openVault(vault.path, ben)).rejects.toMatchObject({
      code: 'not-a-recipient',
      detail: expect.stringContaining(await keyOf(ben)),
      hint: expect.stringMatching(/secrets rekey --inventory \S+dev\.ts --add/),
    })
  })

  test('makes a new key, so that the old one opens nothing that comes', async () => {
    const vault = await newVault({ anna: await somebody() }, values)
    const file = await rekeyed(values, vault.key.recipients, undefined, vault.key)
    expect(file.publicKey).not.toBe(vault.file.publicKey)
    await expect(valueIn({ ...vault, file }, 'mysql.app')).rejects.toMatchObject({ code: 'secrets-tampered' })
  })
})

describe('other hands', () => {
  const damage: Record<string, (file: SecretsFile) => SecretsFile> = {
    'a value is damaged': (file) => ({
      ...file,
      values: {
        ...file.values,
        'mysql.app': `${flipped(ciphertextOf(file, 'mysql.app'))}.${sealIn(file, 'mysql.app')}`,
      },
    }),
    'a value is put in place of another': (file) => ({
      ...file,
      values: { ...file.values, 'mysql.app': file.values['tls.key'] ?? '' },
    }),
    'a recipient is slipped in': (file) => ({ ...file, recipients: { ...file.recipients, mallory: file.publicKey } }),
    'the seal of the list is damaged': (file) => ({ ...file, names: flipped(file.names) }),
    'a recipient is exchanged': (file) => ({ ...file, recipients: { anna: file.publicKey } }),
    'the public key is exchanged': (file) => ({ ...file, publicKey: file.recipients.anna ?? '' }),
    'a value has the seal of another': (file) => ({
      ...file,
      values: { ...file.values, 'mysql.app': `${ciphertextOf(file, 'mysql.app')}.${sealIn(file, 'tls.key')}` },
    }),
    'a secret is removed': ({ values: { 'tls.key': _, ...others }, ...file }) => ({ ...file, values: others }),
    'a secret is renamed': ({ values: { 'tls.key': moved = '', ...others }, ...file }) => ({
      ...file,
      values: { ...others, 'tls.other': moved },
    }),
    'the locked key is damaged': (file) => ({
      ...file,
      lockedKey: { forRecipients: flipped(file.lockedKey.forRecipients) },
    }),
  }

  test.each(Object.entries(damage))('%s', async (_, change) => {
    const anna = await somebody()
    const { path, file } = await newVault({ anna }, values)
    writeFileSync(path, secretsFileText(change(file)))
    const reading = openVault(path, anna).then((vault) => valueIn(vault, 'mysql.app'))
    await expect(reading).rejects.toMatchObject({ code: 'secrets-tampered', at: { file: path } })
  })

  test.each(['mysql.app', 'tls.key', 'not.named'])(
    'a value of %s forged with the public key alone is refused',
    async (name) => {
      const anna = await somebody()
      const { path, file } = await newVault({ anna }, values)
      const ciphertext = await encryptTo([file.publicKey], JSON.stringify({ name, value: 'forged by mallory' }))
      const { key: strange } = await newSecretsFile({}, undefined)
      for (const seal of [sealOfValue(strange.identity, { name, ciphertext }), sealIn(file, 'mysql.app')]) {
        writeFileSync(path, secretsFileText({ ...file, values: { ...file.values, [name]: `${ciphertext}.${seal}` } }))
        await expect(openVault(path, anna)).rejects.toMatchObject({
          code: 'secrets-tampered',
          detail: `${name}: the value was not written with the key of the file`,
          at: { file: path },
        })
        await expect(openForRekey(path, anna)).rejects.toMatchObject({ code: 'secrets-tampered' })
      }
    },
  )

  test('a file without seals is refused, so that nobody can put one in place of one with seals', async () => {
    const anna = await somebody()
    const { path } = await unsealed(anna)
    await expect(openVault(path, anna)).rejects.toMatchObject({
      code: 'secrets-file-unsealed',
      hint: expect.stringContaining('secrets rekey'),
      at: { file: path },
    })
    const taken = await openForRekey(path, anna)
    expect(taken).toMatchObject({ values, isListSealed: false })
    writeSecretsFile(path, await rekeyed(taken.values, taken.key.recipients, undefined, taken.key), taken.before)
    expect(await valueIn(await openVault(path, anna), 'mysql.app')).toBe('correct horse')
  })

  test('two branches that change values merge line by line; two that add secrets are sealed again by a rekey', async () => {
    const anna = await somebody()
    const vault = await newVault({ anna }, values)
    const [ours, theirs] = [
      await withValue(vault, 'mysql.app', 'ours it is'),
      await withValue(vault, 'tls.key', 'theirs'),
    ]
    const merged = { ...ours, values: { ...ours.values, 'tls.key': theirs.values['tls.key'] ?? '' } }
    writeFileSync(vault.path, secretsFileText(merged))
    expect(await valueIn(await openVault(vault.path, anna), 'mysql.app')).toBe('ours it is')
    const [a, b] = [await withValue(vault, 'new.a', 'added by us'), await withValue(vault, 'new.b', 'added by them')]
    writeFileSync(vault.path, secretsFileText({ ...a, values: { ...a.values, ...b.values } }))
    await expect(openVault(vault.path, anna)).rejects.toMatchObject({
      code: 'secrets-tampered',
      detail: 'secrets were added or removed; it has mysql.app, new.a, new.b, tls.key',
      hint: expect.stringContaining('secrets rekey'),
    })
    const taken = await openForRekey(vault.path, anna)
    expect(taken).toMatchObject({ values: { 'new.a': 'added by us', 'new.b': 'added by them' }, isListSealed: false })
  })

  test('a whole file that was made for the same recipients is refused by who opened the one before', async () => {
    const anna = await somebody()
    const { path, file } = await newVault({ anna }, values)
    const { file: empty, key } = await newSecretsFile(file.recipients, undefined)
    const forged = await withValue({ file: empty, key }, 'mysql.app', 'forged by mallory')
    for (const succeeds of [undefined, forged.names]) {
      writeFileSync(path, secretsFileText({ ...forged, succeeds }))
      const refusal = {
        code: 'secrets-file-replaced',
        detail: expect.stringContaining(file.publicKey),
        hint: expect.stringMatching(/remove the line of .*dev\.secrets\.json from .*known-secrets/),
        at: { file: path },
      }
      await expect(openVault(path, anna)).rejects.toMatchObject(refusal)
      await expect(openForRekey(path, anna)).rejects.toMatchObject(refusal)
    }
    // A link in the file's place is no way around it.
    const elsewhere = `${path}.other.json`
    writeFileSync(elsewhere, secretsFileText(forged))
    rmSync(path)
    symlinkSync(elsewhere, path)
    await expect(openVault(path, anna)).rejects.toMatchObject({ code: 'secrets-file-replaced' })
    rmSync(path)
    // Nor is a time in which the file is not there and another one is opened.
    const { path: another } = await newVault({ anna }, values)
    await openVault(another, anna)
    writeFileSync(path, secretsFileText(forged))
    await expect(openVault(path, anna)).rejects.toMatchObject({ code: 'secrets-file-replaced' })
    writeFileSync(path, secretsFileText(file))
    expect(await valueIn(await openVault(path, anna), 'mysql.app')).toBe('correct horse')
    expect(statSync(join(dirname(identityPath(anna)), 'known-secrets')).mode & 0o777).toBe(0o600)
  })

  test('a file without seals is not taken over by a rekey where it had seals before', async () => {
    const anna = await somebody()
    const { path, file } = await newVault({ anna }, values)
    const { names: _, ...rest } = file
    writeFileSync(path, secretsFileText({ ...rest, version: 1, values: {} }))
    await expect(openForRekey(path, anna)).rejects.toMatchObject({
      code: 'secrets-file-replaced',
      detail: 'it had seals when you last opened it, and has none now',
    })
  })

  test('a rekey is proven to all who opened the file before, and going back behind it is refused', async () => {
    const [anna, ben] = [await somebody(), await somebody()]
    const vault = await newVault({ anna, ben }, values)
    await openVault(vault.path, ben)
    const file = await rekeyed(values, vault.file.recipients, undefined, vault.key)
    writeSecretsFile(vault.path, file, vault.file)
    const told: string[] = []
    const reading = { ...ben, warn: (text: string) => told.push(text) }
    expect(await valueIn(await openVault(vault.path, reading), 'mysql.app')).toBe('correct horse')
    await openVault(vault.path, reading)
    // Once: a removed recipient could have made it.
    expect(told).toEqual([expect.stringMatching(/has a new key since you last opened it.* who ran/)])
    writeFileSync(vault.path, secretsFileText(vault.file))
    await expect(openVault(vault.path, ben)).rejects.toMatchObject({ code: 'secrets-file-replaced' })
  })

  test.each([
    ['a conflict', '<<<<<<< ours\n{}', /merge conflict/],
    ['no JSON', '{', /JSON/],
    ['a version to come', '{ "version": 3 }', /version 3/],
    ['something else', '{ "version": 2, "values": {} }', /recipients/],
  ])('%s is told', (_, text, detail) => {
    expect(() => parseSecretsFile('dev.secrets.json', text)).toThrow(
      expect.objectContaining({ code: 'invalid-secrets-file', detail: expect.stringMatching(detail) }),
    )
  })

  test('what somebody wrote meanwhile is not written over', async () => {
    const vault = await newVault({ anna: await somebody() }, values)
    const mine = await withValue(vault, 'mysql.app', 'mine is this')
    writeSecretsFile(vault.path, await withValue(vault, 'mysql.app', 'theirs is that'), vault.file)
    expect(() => writeSecretsFile(vault.path, mine, vault.file)).toThrow(/changed meanwhile/)
    expect(readSecretsFile(vault.path)).not.toEqual(mine)
  })
})

test.each([
  ['no identity', {}, 'no-identity'],
  ['an identity that is named and not there', { FOOBAR_DEPLOY_IDENTITY: '/nonexistent/key' }, 'identity-unusable'],
])('%s is told', async (_, environment, code) => {
  const { path } = await newVault({ anna: await somebody() })
  await expect(openVault(path, await somebody(environment))).rejects.toMatchObject({ code, family: 'environment' })
})

test.each(['-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n', 'age1abc\n', ''])('%j is no identity', async (text) => {
  const { path } = await newVault({ anna: await somebody() })
  const file = join(dirname(path), 'key')
  writeFileSync(file, text)
  await expect(openVault(path, await somebody({ FOOBAR_DEPLOY_IDENTITY: file }))).rejects.toMatchObject({
    code: 'identity-unusable',
  })
})

test('names that are not there, values that cannot be masked and names that are none are refused', async () => {
  const vault = await newVault({ anna: await somebody() }, values)
  await expect(valueIn(vault, 'mysql.ap')).rejects.toMatchObject({
    code: 'unknown-secret',
    hint: 'Did you mean mysql.app?',
  })
  await expect(valueIn(vault, 'toString')).rejects.toMatchObject({ code: 'unknown-secret' })
  expect(() => withoutValue(vault, 'x')).toThrow(/no such secret/)
  await expect(withValue(vault, 'pin', '123')).rejects.toMatchObject({ code: 'secret-too-short' })
  await expect(withValue(vault, 'a b', '12345')).rejects.toMatchObject({ code: 'invalid-secret-name' })
  expect(Object.keys(withoutValue(vault, 'tls.key').values)).toEqual(['mysql.app'])
})

/** A file of version 1 as the release before wrote it. */
async function unsealed(person: SecretsEnvironment) {
  const { path, file } = await newVault({ person })
  rmSync(join(dirname(identityPath(person)), 'known-secrets'))
  const { names: _, ...rest } = file
  const old: UnsealedFile = { ...rest, version: 1, values: {} }
  for (const [name, value] of Object.entries(values)) {
    old.values[name] = await encryptTo([file.publicKey], JSON.stringify({ name, value }))
  }
  writeFileSync(path, secretsFileText(old))
  return { path }
}

function ciphertextOf(file: SecretsFile, name: string): string {
  return sealedParts(file.values[name] ?? '').ciphertext
}

function sealIn(file: SecretsFile, name: string): string {
  return sealedParts(file.values[name] ?? '').seal
}

function flipped(base64 = ''): string {
  const bytes = Buffer.from(base64, 'base64')
  const last = bytes.length - 1
  bytes[last] = (bytes[last] ?? 0) ^ 1
  return bytes.toString('base64')
}
