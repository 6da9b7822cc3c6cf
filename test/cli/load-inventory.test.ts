/** Inventories that do not load: the error, the place, the line with a caret, and what to do. */

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, foobarDeploy, inventory } from './command.ts'

interface Case {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly code: string
  /** `file:line:column`. */
  readonly at?: string
  readonly says: readonly string[]
}

const cases: readonly Case[] = [
  {
    name: 'a syntax error in TypeScript',
    files: { 'dev.ts': "import { z } from 'foobar-deploy'\nexport default [1 2]\n" },
    code: 'syntax-error',
    at: 'dev.ts:2:19',
    says: ["Expected ',', got 'numeric literal'", '2 | export default [1 2]\n', '\n'.padEnd(27).concat('^')],
  },
  {
    name: 'a syntax error in a file that is imported',
    files: { 'dev.ts': "import './site.ts'\n", 'site.ts': 'export const a = {\n  b: 1,\n  c d\n}\n' },
    code: 'syntax-error',
    at: 'site.ts:3:5',
    says: ['3 |   c d'],
  },
  {
    name: 'a syntax error in JavaScript',
    files: { 'dev.mjs': 'export const a =\n  1 +;\n' },
    code: 'syntax-error',
    at: 'dev.mjs:2:6',
    says: ["Unexpected token ';'", '2 |   1 +;'],
  },
  {
    name: 'an enum',
    files: { 'dev.ts': 'enum Colour { Red }\nexport default Colour.Red\n' },
    code: 'unsupported-syntax',
    at: 'dev.ts:1:1',
    says: ['TypeScript enum is not supported', '^'.repeat(19), 'hint: Files are run by removing their types'],
  },
  {
    name: 'an error thrown while loading',
    files: { 'dev.ts': 'const sites: any = undefined\nexport default sites.first\n' },
    code: 'load-error',
    at: 'dev.ts:2:22',
    says: ["TypeError: Cannot read properties of undefined (reading 'first')", '2 | export default sites.first'],
  },
  {
    name: 'a text thrown while loading',
    files: { 'dev.ts': "throw 'no such site'\n" },
    code: 'load-error',
    says: ['no such site'],
  },
  {
    name: 'an error of the toolkit thrown while loading',
    files: { 'dev.ts': "import { handler } from 'foobar-deploy'\nexport default handler('a/b', [])\n" },
    code: 'invalid-handler-name',
    at: 'dev.ts:2:16',
    says: ['"a/b"'],
  },
  {
    name: 'an import of a file that is not there',
    files: { 'dev.ts': "import { site } from './playbooks/stie.ts'\n", 'playbooks/site.ts': '' },
    code: 'import-not-found',
    at: 'dev.ts:1:22',
    says: ["1 | import { site } from './playbooks/stie.ts'", 'Did you mean site.ts?'],
  },
  {
    name: 'an import without its ending',
    files: { 'dev.ts': "\nimport { site } from './site'\n", 'site.ts': '' },
    code: 'import-not-found',
    at: 'dev.ts:2:22',
    says: ['An import needs the whole name of the file: site.ts'],
  },
  {
    name: 'an import of a package that is not there',
    files: { 'dev.ts': "import { x } from 'no-such-package-here'\n" },
    code: 'import-not-found',
    at: 'dev.ts:1:19',
    says: ['npm install no-such-package-here'],
  },
  {
    name: 'an import of a role that the toolkit does not have',
    files: { 'dev.ts': "import { x } from 'foobar-deploy/roles/no-such-role'\n" },
    code: 'import-not-found',
    at: 'dev.ts:1:19',
    says: ['foobar-deploy/roles/no-such-role', 'The toolkit has'],
  },
  {
    name: 'an import of something that is not exported',
    files: { 'dev.ts': "import { defineInventroy } from 'foobar-deploy'\nexport default defineInventroy\n" },
    code: 'missing-export',
    at: 'dev.ts:1:10',
    says: ["does not provide an export named 'defineInventroy'", '^'.repeat(15)],
  },
  {
    name: 'no default export',
    files: { 'dev.ts': inventory.replace('export default', 'export const inventory =') },
    code: 'not-an-inventory',
    at: 'dev.ts',
    says: ['it exports inventory', 'export default defineInventory('],
  },
  {
    name: 'a default export that is no inventory',
    files: {
      'dev.ts':
        "import { definePlaybook } from 'foobar-deploy'\nexport default definePlaybook({ name: 'a', groups: [], plays: () => [] })\n",
    },
    code: 'not-an-inventory',
    says: ['its default export is a playbook'],
  },
  {
    name: 'several mistakes in the definition',
    files: { 'dev.ts': inventory.replace("web: ['web1', 'web2']", "web: ['web1', 'web3'], db: []") },
    code: 'invalid-definition',
    at: 'dev.ts:31:16',
    says: [
      'The definition has 2 problems:\n  - inventory at',
      'groups.web: web3 is no host',
      'groups.db: playbook site has no',
    ],
  },
]

test.each(cases)('$name', async ({ files, code, at, says }) => {
  const folder = await folderWith({ 'package.json': '{ "type": "module" }', ...files })
  const path = Object.keys(files)[0] as string
  const ended = await foobarDeploy(['list', path], { folder })
  expect(ended.stderr).toContain(`error[${code}]: `)
  if (at) expect(ended.stderr).toContain(`\n  at ${at}\n`.replace(/\n$/, ''))
  for (const text of says) expect(ended.stderr).toContain(text)
  expect(ended.stderr).not.toContain(join(folder, 'node_modules'))
  expect(ended).toMatchObject({ code: 1, stdout: '' })
})

test('a project without package.json loads, and Node.js does not warn', async () => {
  const folder = await folderWith({
    'dev.ts': "import { inventory } from './site.ts'\nexport default inventory\n",
    'site.ts': inventory.replace('export default', 'export const inventory ='),
  })
  expect(await foobarDeploy(['list', 'dev.ts', '--hosts'], { folder })).toMatchObject({ code: 0, stderr: '' })
})
