/** What an inventory file may export: an inventory, a promise of one, a function that gives either. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, foobarDeploy, inventory } from '../cli/command.ts'

const value = inventory.replace('export default', 'const inventory =')
const load = async (end: string, ...words: string[]) => {
  const folder = await folderWith({ 'dev.ts': `${value}${end}\n`, 'package.json': '{ "type": "module" }' })
  return foobarDeploy(['list', 'dev.ts', '--hosts', ...words], { folder })
}

const forms = [
  'export default inventory',
  'export default Promise.resolve(inventory)',
  'export default () => inventory',
  'export default async () => inventory',
  'await Promise.resolve()\nexport default inventory',
]

test.each(forms)('%s', async (end) => {
  expect(await load(end)).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('198.51.100.11') })
})

const wrong: readonly (readonly [string, string])[] = [
  ['export default async () => {}', 'its default export is a function that gives nothing'],
  ['export default Promise.resolve([inventory])', 'its default export is a promise of a list'],
  ['export default () => { throw new Error("no access") }', 'Error: no access'],
  ['export default Promise.reject(new Error("no access"))', 'Error: no access'],
  [
    'import { hostsFromJson } from "foobar-deploy"\nexport default () => hostsFromJson({ file: "hosts.json" })',
    'error[source-not-read]',
  ],
]

test.each(wrong)('%s is refused', async (end, words) => {
  const ended = await load(end)
  expect(ended).toMatchObject({ code: 1, stdout: '' })
  expect(ended.stderr).toContain(words)
})

test('a source runs nothing on this machine during a plan', async () => {
  const source = `import { hostsFromJson } from 'foobar-deploy'
const { hosts } = await hostsFromJson({ file: 'hosts.json' })
export default { ...inventory, hosts: { ...inventory.hosts, ...hosts } }
`
  const folder = await folderWith({
    'dev.ts': `${value}${source}`,
    'package.json': '{ "type": "module" }',
    'hosts.json': JSON.stringify({ hosts: { web1: { address: '198.51.100.11', proxyCommand: 'touch pwned' } } }),
  })
  const ended = await foobarDeploy(['plan', 'dev.ts'], { folder })
  expect(ended).toMatchObject({ code: 1, stdout: '' })
  expect(ended.stderr).toMatch(/error\[source-not-allowed\].*hosts\.json: proxyCommand of web1/)
  expect(existsSync(join(folder, 'pwned'))).toBe(false)
})

test('what a source did not take over is a warning', async () => {
  const source = `import { hostsFromAnsible } from 'foobar-deploy'
const { hosts } = await hostsFromAnsible({ file: 'hosts.ini' })
export default { ...inventory, hosts: { ...inventory.hosts, ...hosts } }
`
  const folder = await folderWith({
    'dev.ts': `${value}${source}`,
    'package.json': '{ "type": "module" }',
    'hosts.ini': 'web3 ansible_host=198.51.100.13 ansible_shell_type2=csh\n',
  })
  expect(await foobarDeploy(['list', 'dev.ts', '--hosts'], { folder })).toMatchObject({
    code: 0,
    stderr: 'warning: hosts.ini: not taken over: ansible_shell_type2 (web3)\n',
    stdout: expect.stringContaining('198.51.100.13'),
  })
})
