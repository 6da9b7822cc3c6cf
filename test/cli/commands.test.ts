/** The commands that need no host: help, version, completion, schema, list, check; colours and closed outputs. */

import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { commandNames } from '../../src/cli/usage-error.ts'
import { jsonLineSchema } from '../../src/report/json-schema.ts'
import { bin, folderWith, foobarDeploy, inventory, plain } from './command.ts'

const files = { 'package.json': '{ "type": "module" }', 'inventory/dev.ts': inventory }

test('help names every command', async () => {
  const { code, stdout, stderr } = await foobarDeploy(['--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const command of commandNames) expect(stdout).toMatch(new RegExp(`^  foobar-deploy ${command}\\b.* {2}\\S`, 'm'))
})

test.each(commandNames.filter((name) => !['lab', 'completion'].includes(name)))(
  'help of %s has an example',
  async (name) => {
    const { code, stdout } = await foobarDeploy([name, '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nExamples:\n {2}foobar-deploy /)
  },
)

test('the version is the package version', async () => {
  expect(await foobarDeploy(['--version'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  })
})

test('an old Node.js is told, with what to do', async () => {
  const old = "Object.defineProperty(process, 'versions', { value: { node: '22.17.1' } })"
  const nodeArguments = ['--import', `data:text/javascript,${encodeURIComponent(old)}`]
  const { code, stdout, stderr } = await foobarDeploy(['--help'], { nodeArguments })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^error\[node-version\]: Node\.js is too old: .*\n {2}hint: Install Node\.js 22\.18 or newer/)
})

test('the schema is JSON', async () => {
  const { stdout } = await foobarDeploy(['schema'])
  expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.stringContaining('json-schema.org') })
})

test('so is that of plan files', async () => {
  const { code, stdout } = await foobarDeploy(['schema', 'plan'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ title: expect.stringContaining('plan --out'), properties: { key: {} } })
})

test('list shows hosts and tasks', async () => {
  const { stdout } = await foobarDeploy(['list'], { folder: await folderWith(files) })
  expect(stdout).toBe(`hosts of site
  web1  198.51.100.11  web
  web2  198.51.100.12  web

play Web: web1
  naming: hostName web1 [names, web, naming]

play Web: web2
  naming: hostName web2 [names, web, naming]
`)
})

test('list tells where variables come from and masks secrets', async () => {
  const args = ['list', '--vars', '--tags', '--limit', 'web1', '--var', 'db.user=root']
  const { stdout } = await foobarDeploy(args, { folder: await folderWith(files) })
  expect(stdout).toBe(`vars of web1
  port         81          group web
  db.user      "root"      --var
  db.password  "********"  inventory
  weight       3           host web1

tags
  names
  naming
  web
`)
})

test('list gives data that fits the schema, without secrets', async () => {
  const args = ['list', '--hosts', '--tasks', '--vars', '--tags', '--output', 'json']
  const { stdout } = await foobarDeploy(args, { folder: await folderWith(files) })
  expect(jsonLineSchema.parse(JSON.parse(stdout))).toMatchObject({
    type: 'listing',
    playbook: 'site',
    tags: ['names', 'naming', 'web'],
  })
  expect(stdout).not.toContain('correct horse')
})

test('check finds nothing wrong', async () => {
  const folder = await folderWith(files)
  expect(await foobarDeploy(['check'], { folder })).toEqual({
    code: 0,
    stdout: 'inventory/dev.ts: nothing wrong with 2 hosts and 2 tasks\n',
    stderr: '',
  })
})

test('check finds what the compiler finds, and what is wrong at run time, at once', async () => {
  const wrong = inventory.replace('port: 8080', 'prot: 8080, port: 8080').replace('port: 81', 'port: 99999')
  const { code, stdout } = await foobarDeploy(['check'], { folder: await folderWith({ 'inventory/dev.ts': wrong }) })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^problem: types: TS\d+: .*'prot'.*\n(?: .*\n)*? {2}at inventory\/dev\.ts:33:\d+$/m)
  expect(stdout).toMatch(/^problem: variables of web1 at port: .*\(from group web\)\n {2}at inventory\/dev\.ts:/m)
  expect(stdout).toMatch(/^problem: variables of web2 at prot: /m)
  expect(stdout).toMatch(/^inventory\/dev\.ts: 5 problems$/m)
})

test('check finds the mistakes of a file that the inventory imports, in the words of the own tsconfig', async () => {
  const folder = await folderWith({
    'tsconfig.json':
      '{ "compilerOptions": { "strict": false, "module": "nodenext", "allowImportingTsExtensions": true, "noEmit": true }, "include": ["*.ts"] }',
    'package.json': '{ "type": "module" }',
    'dev.ts': "import { port } from './port.ts'\nexport default { port }\n",
    'port.ts': 'const wide: string = null\nexport const port: number = wide\n',
    'other.ts': "export const other: number = 'not imported'\n",
  })
  const { stdout } = await foobarDeploy(['check', 'dev.ts', '--output', 'json'], { folder })
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => jsonLineSchema.parse(JSON.parse(line)))
  expect(lines).toMatchObject([
    { type: 'problem', message: expect.stringMatching(/^TS2322: /), at: { line: 2, column: 14 } },
    { type: 'problem', message: expect.stringContaining('does not export an inventory') },
    { type: 'inventory-checked', inventory: 'dev.ts', problems: 2 },
  ])
})

test.each<[words: string, expected: string[]]>([
  ['pl', ['plan']],
  ['apply inventory/dev.ts --limit ', ['web1', 'web2', 'web']],
  ['apply --limit web1,!', ['web1,!web1', 'web1,!web2', 'web1,!web']],
  ['plan --tags ', ['names', 'web']],
  ['plan --var ', ['port=', 'db=', 'weight=']],
  ['apply --fo', ['--forks']],
])('completes "%s"', async (words, expected) => {
  const args = ['--get-yargs-completions', 'foobar-deploy', ...words.split(' ')]
  const { code, stdout, stderr } = await foobarDeploy(args, { folder: await folderWith(files) })
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(expected))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('an inventory that does not load completes nothing, quietly', async () => {
  const folder = await folderWith({ 'inventory/dev.ts': 'export default [1 2]' })
  const args = ['--get-yargs-completions', 'foobar-deploy', 'apply', '--limit', '']
  expect(await foobarDeploy(args, { folder })).toMatchObject({ code: 0, stderr: '' })
})

test.each(['bash', 'zsh'])('prints the completion script of %s', async (shell) => {
  const { stdout } = await foobarDeploy(['completion'], {
    environment: { SHELL: `/bin/${shell}`, ZSH_NAME: shell === 'zsh' ? 'zsh' : '' },
  })
  expect(stdout).toContain(shell === 'zsh' ? '#compdef foobar-deploy' : 'complete -o bashdefault')
})

test.each(['bash', 'zsh'])('prints the completion script of %s, if that is named', async (shell) => {
  const other = shell === 'zsh' ? { SHELL: '/bin/bash', ZSH_NAME: '' } : { SHELL: '/bin/zsh', ZSH_NAME: 'zsh' }
  const { code, stdout } = await foobarDeploy(['completion', shell], { environment: other })
  expect(code).toBe(0)
  expect(stdout).toContain(shell === 'zsh' ? '#compdef foobar-deploy' : 'complete -o bashdefault')
})

test.each<[environment: Record<string, string>, coloured: boolean]>([
  [{}, false],
  [{ FORCE_COLOR: '1' }, true],
  [{ FORCE_COLOR: '0' }, false],
  [{ NO_COLOR: '1' }, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true],
])('with %j an error is in colour: %s', async (environment, coloured) => {
  const { stderr } = await foobarDeploy(['list', 'none.ts'], { environment })
  expect(plain(stderr) !== stderr).toBe(coloured)
})

test.each([
  ['caught', 'process.stdout.write = () => { throw new TypeError("a mistake of ours") }'],
  ['uncaught', 'setTimeout(() => { throw new TypeError("a mistake of ours") })'],
])('a bug that is %s is shown with its stack, exit code 70', async (_name, program) => {
  const nodeArguments = ['--import', `data:text/javascript,${encodeURIComponent(program)}`]
  const { code, stderr } = await foobarDeploy(['schema'], { nodeArguments })
  expect(code).toBe(70)
  expect(stderr).toMatch(/^error\[bug\]: This is a bug in foobar-deploy.*\n {2}TypeError: a mistake of ours\n {6}at /)
  expect(stderr).toContain('hint: Please report it')
})

test('an output that is closed early ends the command quietly', async () => {
  const folder = await folderWith(files)
  const child = spawn(process.execPath, [bin, 'schema'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += chunk))
  child.stdout.destroy()
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})
