/** Secrets that are made by the first run: once, whoever runs at the same time, and never in place of a value that is there. */

import { X509Certificate } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { authorityIn } from '../../src/certificates/authority.ts'
import type { Generated } from '../../src/secrets/generated.ts'
import { identityPath } from '../../src/secrets/identities.ts'
import { makeLacking } from '../../src/secrets/make-lacking.ts'
import { lackingSecrets, missingSecrets } from '../../src/secrets/missing-secrets.ts'
import { resolveSecrets } from '../../src/secrets/resolve-secrets.ts'
import { SecretReference } from '../../src/secrets/secret-reference.ts'
import { secretsPath } from '../../src/secrets/secrets-file.ts'
import { openVault, valueIn } from '../../src/secrets/vault.ts'
import { folder, newVault, somebody } from './surroundings.ts'

const password: Generated = { generate: 'password' }
const authority: Generated = { generate: 'certificate-authority' }
const reference = (name: string, generated?: Generated) =>
  new SecretReference(name, { kind: 'file', ...(generated ? { generated } : {}) }, undefined)
const newInventory = async () => join(await folder(), 'dev.ts')

test('are made with the identity and the file that they are kept in, and kept by the next run', async () => {
  const [anna, inventory] = [await somebody(), await newInventory()]
  const first = [reference('mysql.app', password), reference('tls.ca', authority), reference('mysql.app')]
  const resolved = await resolveSecrets(first, inventory, anna, 'make')
  expect(resolved).toEqual({
    lacking: [],
    made: { names: ['mysql.app', 'tls.ca'], path: secretsPath(inventory), identity: identityPath(anna) },
  })
  expect(statSync(identityPath(anna)).mode & 0o777).toBe(0o600)
  expect(readdirSync(dirname(identityPath(anna)))).toEqual(['identity.txt', 'known-secrets'])
  const [app, ca, again] = first.map((one) => one.reveal())
  expect(app).toMatch(/^[A-Za-z0-9]{32}$/)
  expect(again).toBe(app)
  const found = authorityIn(ca ?? '')
  expect(typeof found === 'object' && found.certificate.subject).toBe('CN=tls.ca of dev')
  const text = readFileSync(secretsPath(inventory), 'utf8')
  expect(text).not.toContain(app)
  const second = [reference('mysql.app', password), reference('tls.ca', authority)]
  expect(await resolveSecrets(second, inventory, anna, 'make')).toEqual({ lacking: [], made: undefined })
  expect(second.map((one) => one.reveal())).toEqual([app, ca])
  expect(readFileSync(secretsPath(inventory), 'utf8')).toBe(text)
})

test('are made beside values that are there, which stay', async () => {
  const anna = await somebody()
  const { inventory } = await newVault({ anna }, { 'mysql.app': 'correct horse' })
  const made = await makeLacking(
    new Map<string, Generated>([
      ['mysql.app', password],
      ['mysql.root', { generate: 'password', length: 50 }],
      ['tls.ca', { generate: 'certificate-authority', commonName: 'Foobar CA' }],
    ]),
    inventory,
    anna,
  )
  expect(made).toEqual({ names: ['mysql.root', 'tls.ca'], path: secretsPath(inventory) })
  const vault = await openVault(secretsPath(inventory), anna)
  expect(await valueIn(vault, 'mysql.app')).toBe('correct horse')
  expect(await valueIn(vault, 'mysql.root')).toMatch(/^[A-Za-z0-9]{50}$/)
  expect(new X509Certificate(await valueIn(vault, 'tls.ca')).subject).toBe('CN=Foobar CA')
})

test('are the same for runs that begin at the same time', async () => {
  const [anna, inventory] = [await somebody(), await newInventory()]
  const runs = Array.from({ length: 5 }, () => [reference('mysql.app', password), reference('tls.ca', authority)])
  const resolved = await Promise.all(runs.map((run) => resolveSecrets(run, inventory, anna, 'make')))
  const values = runs.map((run) => run.map((one) => one.reveal()).join(' '))
  expect(new Set(values).size).toBe(1)
  expect(resolved.filter(({ made }) => made && made.names.length > 0)).toHaveLength(1)
  expect(readdirSync(dirname(inventory))).toEqual(['dev.secrets.json'])
})

test('are stood in for where nothing may be written', async () => {
  const [anna, inventory] = [await somebody(), await newInventory()]
  const references = [reference('mysql.app', password), reference('tls.ca', authority)]
  expect(missingSecrets(references, inventory, anna)).toEqual([])
  expect(lackingSecrets(references, inventory)).toEqual(['mysql.app', 'tls.ca'])
  const resolved = await resolveSecrets(references, inventory, anna, 'stand-in')
  expect(resolved).toEqual({ lacking: ['mysql.app', 'tls.ca'], made: undefined })
  expect(references.map(({ hasValue }) => hasValue)).toEqual([false, false])
  expect(references[0]?.reveal()).toBe('stand-in-for-mysql.app')
  expect(readdirSync(dirname(inventory))).toEqual([])
  expect(readdirSync(anna.home)).toEqual([])
  await expect(resolveSecrets(references, inventory, anna, 'refuse')).rejects.toThrow(/made by the first apply/)
})

test('are not made while others are missing, nor in two ways', async () => {
  const [anna, inventory] = [await somebody(), await newInventory()]
  const missing = [reference('mysql.app', password), reference('given')]
  await expect(resolveSecrets(missing, inventory, anna, 'make')).rejects.toThrow(/secret given: there is no/)
  const twice = [reference('mysql.app', password), reference('mysql.app', { generate: 'password', length: 40 })]
  await expect(resolveSecrets(twice, inventory, anna, 'make')).rejects.toMatchObject({
    family: 'definition',
    message: expect.stringMatching(/secret mysql\.app: is to be generated in two ways: .*"password".*40/),
  })
  expect(readdirSync(dirname(inventory))).toEqual([])
})

test('are not made by who could not read them', async () => {
  const [anna, ben] = [await somebody(), await somebody()]
  const { inventory } = await newVault({ anna }, {})
  const before = readFileSync(secretsPath(inventory), 'utf8')
  const rules = new Map([['mysql.app', password]])
  await expect(makeLacking(rules, inventory, ben)).rejects.toMatchObject({ code: 'no-identity' })
  await makeLacking(rules, await newInventory(), ben)
  await expect(makeLacking(rules, inventory, ben)).rejects.toMatchObject({ code: 'not-a-recipient' })
  expect(readFileSync(secretsPath(inventory), 'utf8')).toBe(before)
})

test('say where they cannot be kept', async () => {
  const [anna, inventory] = [await somebody(), await newInventory()]
  const rules = new Map([['mysql.app', password]])
  const blocked = { ...anna, environment: { FOOBAR_DEPLOY_IDENTITY: '/dev/null/identity' } }
  await expect(makeLacking(rules, inventory, blocked)).rejects.toMatchObject({ code: 'identity-unusable' })
  writeFileSync(join(dirname(inventory), 'other'), '')
  chmodSync(join(dirname(inventory), 'other'), 0o600)
  await expect(makeLacking(rules, join(dirname(inventory), 'other', 'dev.ts'), anna)).rejects.toMatchObject({
    family: 'environment',
  })
})
