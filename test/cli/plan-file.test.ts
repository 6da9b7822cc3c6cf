/** Plan files on the disk: known by what they hold, written whole, for the user's eyes alone. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { packageVersion } from '../../src/cli/package-version.ts'
import { inventoryFor, inventoryOf, planFileAt, refuseUnwritable, writePlanFile } from '../../src/cli/plan/plan-file.ts'
import { planFileJsonSchema, planFileSchema, type WrittenPlan } from '../../src/report/plan-file-schema.ts'

const plan: WrittenPlan = {
  kind: 'foobar-deploy plan',
  schemaVersion: 1,
  toolkitVersion: packageVersion(),
  made: '2026-01-02T03:04:05.006Z',
  inventory: '../inventory/prod.ts',
  limit: ['web'],
  tags: [],
  skipTags: [],
  vars: [{ path: 'mysql.port', text: '3307' }],
  key: '0'.repeat(64),
  hosts: {
    web1: [
      {
        play: 'Web',
        role: 'nginx',
        title: 'apt nginx',
        type: 'apt',
        desired: 'a'.repeat(64),
        observed: 'b'.repeat(64),
        status: 'changed',
        changes: [{ key: 'nginx', from: null, to: 'installed' }],
      },
    ],
  },
}

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plan-file-'))
  path = join(folder, 'named as you like')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('is read as it was written, by the user alone, and leaves nothing else behind', () => {
  writePlanFile(path, plan)
  writePlanFile(path, plan)
  expect(planFileAt(path)).toEqual(plan)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['named as you like'])
})

test('what holds no plan is none', () => {
  for (const text of ['', 'export default 1', '[1]', '{ "kind": "something else" }']) {
    writeFileSync(path, text)
    expect(planFileAt(path)).toBeUndefined()
  }
  expect(planFileAt(join(folder, 'none'))).toBeUndefined()
  expect(planFileAt(folder)).toBeUndefined()
})

test('a member that is missing, unknown or of another kind is refused', () => {
  const { key: _key, ...keyless } = plan
  const [task] = plan.hosts.web1 ?? []
  for (const wrong of [
    keyless,
    { ...plan, more: 1 },
    { ...plan, key: 'zz' },
    { ...plan, hosts: { web1: [{ ...task, status: 'fine' }] } },
    { ...plan, hosts: { web1: [{ ...task, changes: [{ key: 'content', from: null, to: 'x', text: 'the text' }] }] } },
  ]) {
    expect(planFileSchema.safeParse(wrong).success).toBe(false)
  }
  expect(planFileSchema.safeParse(JSON.parse(JSON.stringify(plan))).success).toBe(true)
})

test('its JSON Schema describes every member', () => {
  const schema = planFileJsonSchema() as { properties: Record<string, unknown>; additionalProperties?: false }
  expect(Object.keys(schema.properties).sort()).toEqual([...Object.keys(plan), 'startAt', 'operation'].sort())
  expect(schema.additionalProperties).toBeUndefined()
})

test('the inventory is named as seen from the plan file', () => {
  mkdirSync(join(folder, 'plans'))
  mkdirSync(join(folder, 'inventory'))
  const inventory = join(folder, 'inventory/prod.ts')
  writeFileSync(inventory, '')
  const file = join(folder, 'plans/a.plan')
  const named = inventoryFor(file, inventory)
  expect(named).toBe('../inventory/prod.ts')
  expect(readFileSync(inventoryOf(file, { ...plan, inventory: named } as never), 'utf8')).toBe('')
})

test('is written over a plan, and over nothing else', () => {
  refuseUnwritable(path)
  writePlanFile(path, plan)
  refuseUnwritable(path)
  writePlanFile(path, { ...plan, toolkitVersion: '0.0.0' })
  refuseUnwritable(path)
  writeFileSync(path, 'precious')
  expect(() => refuseUnwritable(path)).toThrow(expect.objectContaining({ code: 'out-exists' }))
  expect(() => refuseUnwritable(join(folder, 'none/a.plan'))).toThrow(
    expect.objectContaining({ code: 'out-without-folder' }),
  )
})
