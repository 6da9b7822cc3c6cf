/** Every way of getting the command line wrong: exit code 1, an error with a code, and what was meant. */

import { expect, test } from 'vitest'
import { packageVersion } from '../../src/cli/package-version.ts'
import { folderWith, foobarDeploy, inventory } from './command.ts'

const head = `"kind": "foobar-deploy plan", "schemaVersion": 1`
const files = {
  'inventory/dev.ts': inventory,
  'hosts.yml': 'web1:\n',
  'hosts.json': '{ "all": {} }',
  'cut.plan': `{ ${head}`,
  'wrong.plan': `{ ${head}, "toolkitVersion": "${packageVersion()}", "key": "short" }`,
  'old.plan': `{ ${head}, "toolkitVersion": "0.0.1" }`,
}

test.each<[line: string, code: string, says: RegExp]>([
  ['', 'invalid-usage', /Name a command/],
  ['aply', 'unknown-argument', /Did you mean apply\?/],
  ['apply inventory/dev.ts --limti web1', 'unknown-argument', /Did you mean --limit\?/],
  ['plan --detailed-exit-code', 'unknown-argument', /Did you mean --detailed-exitcode\?/],
  ['apply --detailed-exitcode', 'unknown-argument', /detailed-exitcode/],
  ['apply one.ts two.ts', 'unknown-argument', /two\.ts/],
  ['apply --limit', 'invalid-usage', /Not enough arguments following: limit/],
  ['apply --output html', 'invalid-usage', /"live", "plain", "json"/],
  ['apply --output live', 'not-a-terminal', /--output plain/],
  ['list --output live', 'invalid-usage', /"plain", "json"/],
  ['apply --forks many', 'invalid-forks', /whole number above 0/],
  ['apply --forks 0', 'invalid-forks', /whole number above 0/],
  ['apply --forks 2 --forks 3', 'repeated-option', /--forks/],
  ['apply --var port', 'invalid-var', /: port\n/],
  ['apply --var =3', 'invalid-var', /key=value/],
  ['list inventory/dev.ts --var port=none', 'invalid-definition', /at port: .*from --var/],
  ['list inventory/dev.ts --limit web3', 'unknown-host', /web3/],
  ['list inventory/prod.ts', 'inventory-not-found', /inventory\/ has: inventory\/dev\.ts/],
  ['list inventory/dve.ts', 'inventory-not-found', /Did you mean inventory\/dev\.ts\?/],
  ['list inventory', 'inventory-is-folder', /inventory\/dev\.ts/],
  ['list hosts.yml', 'inventory-not-typescript', /export default defineInventory/],
  ['run inventory/dev.ts', 'command-missing', /after --/],
  ['apply inventory/dev.ts -- uptime', 'stray-words', /: uptime\n/],
  ['apply --step --yes', 'step-with-yes', /exclude each other/],
  ['apply --start-at', 'invalid-usage', /Not enough arguments following: start-at/],
  ['apply --start-at=', 'invalid-start-at', /--start-at is empty/],
  ['apply --start-at hsotName', 'unknown-task', /Did you mean "hostName web1"\?/],
  ['apply --out a.plan', 'unknown-argument', /out/],
  ['plan --step', 'unknown-argument', /step/],
  ['plan --out none/a.plan', 'out-without-folder', /none/],
  ['plan --out hosts.yml', 'out-exists', /hosts\.yml/],
  ['apply hosts.json', 'inventory-not-typescript', /hosts\.json/],
  ['apply cut.plan', 'invalid-plan-file', /cut\.plan/],
  ['apply wrong.plan', 'invalid-plan-file', /made: /],
  ['apply old.plan', 'plan-of-other-version', /0\.0\.1/],
  ['apply --check', 'unknown-argument', /: --check\n.*foobar-deploy plan shows what would change/],
  ['--dry-run', 'unknown-argument', /: --dry-run\n.*foobar-deploy plan shows what would change/],
  ['apply inventory/dev.ts --syntax-check', 'unknown-argument', /foobar-deploy check reads and type-checks/],
  ['apply --list-hosts', 'unknown-argument', /foobar-deploy list --hosts/],
  ['apply --list-tasks', 'unknown-argument', /foobar-deploy list --tasks/],
  ['apply inventory/dev.ts --limt web1 -- --check', 'unknown-argument', /Did you mean --limit\?/],
  ['completion fish', 'unknown-shell', /: fish\n.*bash, zsh/],
  ['schema plans', 'invalid-usage', /"output", "plan"/],
])('foobar-deploy %s', async (line, code, says) => {
  const folder = await folderWith(files)
  const args = line.split(' ').filter((word) => word !== '')
  const ended = await foobarDeploy(args, { folder })
  expect(ended.stderr).toMatch(new RegExp(`^error\\[${code}\\]: `))
  expect(ended.stderr).toMatch(says)
  expect(ended).toMatchObject({ code: 1, stdout: '' })
})

test('without a default inventory the folder is listed', async () => {
  const folder = await folderWith({ 'inventory/prod.ts': inventory })
  const { code, stderr } = await foobarDeploy(['list'], { folder })
  expect(code).toBe(1)
  expect(stderr).toContain('error[inventory-missing]: Name the inventory')
  expect(stderr).toContain('inventory/ has: inventory/prod.ts.')
})

test('with --output json the error is a line of the output too', async () => {
  const folder = await folderWith({})
  const { code, stdout } = await foobarDeploy(['list', 'none.ts', '--output', 'json'], { folder })
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ type: 'error', error: { code: 'inventory-not-found', family: 'usage' } })
})

test('--step is refused where there is no terminal, before anything is connected to', async () => {
  const folder = await folderWith(files)
  const { code, stderr } = await foobarDeploy(['apply', '--step'], { folder, hasTerminal: false })
  expect(code).toBe(1)
  expect(stderr).toMatch(/^error\[step-without-terminal\]: .*\n {2}hint: /)
})
