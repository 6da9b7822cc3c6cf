/** The command `secrets`, and what secrets mean to the other commands, as a user meets them. */

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encryptTo } from '../../src/secrets/age.ts'
import { bin, type Ended, folderWith, foobarDeploy, plain } from './command.ts'

const inventory = (vars: string, more = '') => `
import { command, defineInventory, definePlaybook, file, promptedSecret, secret, secretFromEnvironment, secretText, secretSchema, user, z } from 'foobar-deploy'

const site = definePlaybook({
  name: 'site', groups: ['web'],
  variables: z.strictObject({ password: secretSchema(), hash: secretSchema().optional() }),
  plays: ({ vars }) => [{ name: 'Web', hosts: 'web', tasks: () => [
    file({ path: '/etc/app.env', content: secretText\`P=\${vars.password}\` }),
    vars.hash && user({ name: 'app', password: vars.hash }),
    ${more}
  ] }],
})
export default defineInventory({
  playbook: site,
  vars: { ${vars} },
  hosts: { web1: { address: '127.0.0.1', port: 1, connectTimeoutMs: 500, reconnectTimeoutMs: 0, sshConfigFile: false } },
  groups: { web: ['web1'] },
})
`
const twoSecrets = inventory("password: secret('mysql.app'), hash: secret('app.hash')")

/** A project with a key and an empty secrets file; runs the command in it. */
async function project(text = twoSecrets) {
  const folder = await folderWith({ 'package.json': '{ "type": "module" }', 'inventory/dev.ts': text })
  const environment = { HOME: join(folder, 'home'), XDG_CONFIG_HOME: '' }
  const run = (line: string, more: Record<string, string> = {}) =>
    foobarDeploy(line.split(' '), { folder, environment: { ...environment, ...more }, hasTerminal: false })
  return {
    folder,
    environment,
    run,
    file: join(folder, 'inventory/dev.secrets.json'),
    pipe: (line: string, input: string) => piped(line.split(' '), folder, environment, input),
  }
}

function piped(args: readonly string[], folder: string, environment: object, input: string): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: folder,
    env: { ...process.env, ...environment },
    detached: true,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  child.on('close', (code) => resolve({ code, stdout, stderr }))
  child.stdin.end(input)
  return promise
}

// Each runs the command a dozen times.
describe('secrets', { timeout: 120_000 }, () => {
  test('are made, set, shown, listed, rotated and removed', async () => {
    const { run, pipe, file } = await project()
    expect(await run('secrets init')).toMatchObject({ code: 0, stderr: '' })
    expect((await run('secrets init')).stdout).toContain('is there already')
    expect(await pipe('secrets set mysql.app', 'correct horse\n')).toMatchObject({ code: 0, stderr: '' })
    expect((await run('secrets get mysql.app --stdout')).stdout).toBe('correct horse')
    await pipe('secrets set tls.key', 'one\ntwo\n')
    expect((await run('secrets get tls.key --stdout')).stdout).toBe('one\ntwo\n')
    expect((await run('secrets list')).stdout).toMatch(
      /^inventory\/dev\.secrets\.json opens for \w+\napp\.hash {3}missing {6}inventory\/dev\.ts:15:\d+\nmysql\.app {2}set {10}inventory\/dev\.ts:15:\d+\ntls\.key {4}set {10}not named by the inventory\n$/,
    )
    await run('secrets rotate mysql.app --length 40')
    expect((await run('secrets get mysql.app --stdout')).stdout).toMatch(/^[A-Za-z0-9]{40}$/)
    await run('secrets set app.hash --generate')
    expect((await run('secrets get app.hash --stdout')).stdout).toMatch(/^[A-Za-z0-9]{32}$/)
    await run('secrets remove tls.key')
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')).values)).toEqual(['app.hash', 'mysql.app'])
  })

  test('refuse what would be a mistake, with what to do', async () => {
    const { run, pipe, file } = await project()
    await run('secrets init')
    await pipe('secrets set x.y', 'a good value')
    const before = readFileSync(file, 'utf8')
    const mistakes: [line: string, code: string, hint: RegExp][] = [
      ['secrets set mysql.app hunter2', 'value-on-command-line', /history of the shell/],
      ['secrets get mysql.app', 'output-not-a-terminal', /--stdout/],
      ['secrets get mysql.ap --stdout', 'unknown-secret', /There are: x\.y/],
      ['secrets rotate x.z', 'unknown-secret', /Did you mean x\.y\?/],
      ['secrets set x.y --length 40', 'invalid-usage', /--generate/],
      ['secrets set x.y --generate --length 3', 'invalid-length', /default is 32/],
      ['secrets rekey --add ben', 'invalid-recipient', /anna=age1/],
      ['secrets rekey --add ben=AGE-SECRET-KEY-1ABC', 'invalid-recipient', /Make a new pair/],
      ['secrets rekey --remove nobody', 'unknown-recipient', /There are: /],
      ['secrets init --inventory inventory/prod.ts', 'inventory-not-found', /inventory\/dev\.ts/],
      ['secrets list --inventory inventory/dve.ts', 'inventory-not-found', /Did you mean/],
    ]
    for (const [line, code, hint] of mistakes) {
      const { stderr, ...ended } = await run(line)
      expect(ended, line).toEqual({ code: 1, stdout: '' })
      expect(stderr, line).toMatch(new RegExp(`^error\\[${code}\\]`))
      expect(stderr, line).toMatch(hint)
      expect(stderr, line).not.toContain('hunter2')
      expect(readFileSync(file, 'utf8'), line).toBe(before)
    }
  })

  test('a recipient of the same name is not replaced in passing', async () => {
    const { run, pipe, folder } = await project()
    const path = join(folder, 'inventory/dev.secrets.json')
    await run('secrets init')
    await pipe('secrets set mysql.app', 'correct horse')
    const before = readFileSync(path, 'utf8')
    const ben = { HOME: join(folder, 'ben') }
    const [, name = '', key = ''] = /--add (\S+)-2=(age1\w+)/.exec((await run('secrets init', ben)).stdout) ?? []
    for (const line of [`secrets rekey --add ${name}=${key}`, `secrets rekey --add x=${key} --add ${name}=${key}`]) {
      const { stdout, stderr } = await run(line)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^error\[recipient-taken\]/)
      expect(stderr).toContain(`--remove ${name} --add ${name}=${key}`)
      expect(readFileSync(path, 'utf8')).toBe(before)
    }
    const hint = (await run('secrets get mysql.app --stdout', ben)).stderr
    expect(hint).toMatch(/secrets rekey --inventory \S*inventory\/dev\.ts --add <your name>=age1/)
    expect(await run(`secrets rekey --add ${name}-2=${key}`)).toMatchObject({ code: 0 })
    expect((await run('secrets get mysql.app --stdout', ben)).stdout).toBe('correct horse')
    expect((await run('secrets get mysql.app --stdout')).stdout).toBe('correct horse')
    // The same key once more changes nothing for anybody.
    expect(await run(`secrets rekey --add ${name}-2=${key}`)).toMatchObject({ code: 0 })
    expect(await run(`secrets rekey --remove ${name} --add ${name}=${key}`)).toMatchObject({ code: 0 })
    expect((await run('secrets get mysql.app --stdout')).stderr).toMatch(/^error\[not-a-recipient\]/)
  })

  test('of two keys for one name none is taken in passing', async () => {
    const { run, folder } = await project()
    await run('secrets init')
    const keyOf = async (who: string) =>
      /=(age1\w+)/.exec((await run('secrets init', { HOME: join(folder, who) })).stdout)?.[1]
    const [ben, eva] = [await keyOf('ben'), await keyOf('eva')]
    expect((await run(`secrets rekey --add x=${ben} --add x=${eva}`)).stderr).toMatch(/^error\[recipient-taken\]/)
    const file = join(folder, 'inventory/dev.secrets.json')
    rmSync(file)
    const line = `secrets init --recipient ${userInfo().username}=${ben}`
    expect((await run(line)).stderr).toMatch(/^error\[recipient-taken\]/)
    expect(existsSync(file)).toBe(false)
  })

  test('open for another key after rekey, and with a passphrase', async () => {
    const { run, pipe, folder } = await project()
    await run('secrets init')
    await pipe('secrets set mysql.app', 'correct horse')
    const ben = { HOME: join(folder, 'ben') }
    const asked = (await run('secrets init', ben)).stdout
    expect(asked).toMatch(
      /Your key is not among them\. Let one of them run: foobar-deploy secrets rekey --inventory inventory\/dev\.ts --add \S+-2=age1\w+/,
    )
    expect((await run('secrets get mysql.app --stdout', ben)).stderr).toMatch(/^error\[not-a-recipient\]/)
    const passphrase = join(folder, 'passphrase')
    writeFileSync(passphrase, 'five words taken at random\n', { mode: 0o600 })
    const key = /=(age1\w+)/.exec(asked)?.[1]
    const named = { FOOBAR_DEPLOY_PASSPHRASE_FILE: passphrase }
    expect(await run(`secrets rekey --add ben=${key} --passphrase`, named)).toMatchObject({ code: 0, stderr: '' })
    expect((await run('secrets get mysql.app --stdout', ben)).stdout).toBe('correct horse')
    expect((await run('secrets rekey --remove ben', named)).stdout).toMatch(/ {2}- ben age1[\s\S]*rotate NAME/)
    expect((await run('secrets get mysql.app --stdout', ben)).stderr).toMatch(/^error\[no-terminal\]/)
    expect((await run('secrets get mysql.app --stdout', { ...ben, ...named })).stdout).toBe('correct horse')
  })

  test('that were forged with the public key of the file are applied nowhere', async () => {
    const { run, pipe, file, environment } = await project()
    await run('secrets init')
    await pipe('secrets set mysql.app', 'correct horse')
    await pipe('secrets set app.hash', '$y$abc$def')
    const before = JSON.parse(readFileSync(file, 'utf8'))
    const forged = await encryptTo(
      [before.publicKey],
      JSON.stringify({ name: 'mysql.app', value: 'forged by mallory' }),
    )
    const seal = before.values['mysql.app'].split('.')[1]
    const write = (text: object) => writeFileSync(file, `${JSON.stringify(text, null, 2)}\n`)
    write({ ...before, values: { ...before.values, 'mysql.app': `${forged}.${seal}` } })
    for (const line of ['apply', 'secrets rekey']) {
      const { code, stdout, stderr } = await run(line)
      expect({ code, stdout }, line).toEqual({ code: 1, stdout: '' })
      expect(stderr, line).toMatch(
        /^error\[secrets-tampered\].*mysql\.app: the value was not written with the key of the file/,
      )
    }
    const { names: _, version: __, ...rest } = before
    write({ version: 1, ...rest, values: { 'mysql.app': forged } })
    for (const line of ['apply', 'check']) {
      const { code, stdout, stderr } = await run(line)
      expect(code, line).toBe(1)
      expect(`${stdout}${stderr}`, line).toMatch(/The secrets file does not prove who wrote its values/)
    }
    expect((await run('secrets rekey')).stderr).toMatch(/^error\[secrets-file-replaced\].*it had seals/)
    rmSync(join(environment.HOME, '.config/foobar-deploy/known-secrets'))
    expect((await run('secrets rekey')).stdout).toContain('These secrets were taken over and sealed: mysql.app')
    expect((await run('secrets get mysql.app --stdout')).stdout).toBe('forged by mallory')
  })

  test('are edited where only their owner can read them, and nothing is left of that', async () => {
    const { run, pipe, folder } = await project()
    await run('secrets init')
    await pipe('secrets set mysql.app', 'correct horse')
    const log = join(folder, 'log')
    const editor = join(folder, 'editor')
    writeFileSync(
      editor,
      `#!/bin/sh\nstat -c '%a %n' "$1" "$(dirname "$1")" >${log}; stat -f -c %T "$1" >>${log}; cp "$1" "$1~"; sed -i s/horse/staple/ "$1"\n`,
      { mode: 0o755 },
    )
    const edited = await run('secrets edit mysql.app', { EDITOR: editor, VISUAL: '' })
    expect(edited).toMatchObject({ code: 0, stderr: '' })
    expect((await run('secrets get mysql.app --stdout')).stdout).toBe('correct staple')
    const [file = '', parent = '', kind] = readFileSync(log, 'utf8').split('\n')
    expect([file.slice(0, 4), parent.slice(0, 4)]).toEqual(['600 ', '700 '])
    expect(kind).toBe('tmpfs')
    expect(existsSync(parent.slice(4))).toBe(false)
    expect(await run('secrets edit mysql.app', { EDITOR: 'false', VISUAL: '' })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error\[editor-failed\]/),
    })
    expect(readdirSync('/dev/shm').filter((name) => name.startsWith('foobar-deploy-edit-'))).toEqual([])
  })

  test('are typed without being shown, and shown on a terminal', async () => {
    const { run, folder, environment } = await project()
    await run('secrets init')
    const onTerminal = (line: string, input: string) =>
      plain(
        execFileSync('script', ['-qec', `${process.execPath} ${bin} ${line}`, '/dev/null'], {
          cwd: folder,
          env: { ...process.env, ...environment },
          input,
        }).toString(),
      )
    const set = onTerminal('secrets set mysql.app', 'typed in secret\n')
    expect(set).toContain('Value of mysql.app: ')
    expect(set).toContain('mysql.app is set')
    expect(onTerminal('secrets get mysql.app', '')).toContain('typed in secret\r\n')
  })
})

describe('an inventory with secrets', { timeout: 60_000 }, () => {
  test.each(['apply', 'plan', 'verify'])(
    'is refused by %s before any connection, all that are missing at once',
    async (command) => {
      const { run } = await project()
      const { code, stdout, stderr } = await run(command)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^error\[invalid-definition\]: The definition has 2 problems/)
      expect(stderr).toMatch(
        /secret mysql\.app: there is no inventory\/dev\.secrets\.json.*\(inventory\/dev\.ts:15:\d+\)/,
      )
      expect(stderr).toMatch(/secret app\.hash: /)
    },
  )

  test('is checked and listed without a key', async () => {
    const { run, pipe } = await project()
    await run('secrets init')
    await pipe('secrets set mysql.app', 'correct horse')
    const nobody = { HOME: '/nonexistent' }
    const checked = await run('check', nobody)
    expect(checked.stdout).toMatch(
      /^problem: secret app\.hash: is not in inventory\/dev\.secrets\.json; set it with: foobar-deploy secrets set app\.hash --inventory inventory\/dev\.ts\n {2}at inventory\/dev\.ts:15:\d+\ninventory\/dev\.ts: 1 problem\n$/,
    )
    await pipe('secrets set app.hash', '$y$abc$def')
    expect((await run('check', nobody)).stdout).toBe('inventory/dev.ts: nothing wrong with 1 host and 2 tasks\n')
    expect((await run('list --vars', nobody)).stdout).toContain('password  "********"  inventory')
    expect((await run('apply', nobody)).stderr).toMatch(/^error\[no-identity\]/)
  })

  test('connects once all values are known', async () => {
    const { run, pipe } = await project()
    await run('secrets init')
    await pipe('secrets set mysql.app', 'correct horse')
    await pipe('secrets set app.hash', 'no hash')
    expect((await run('apply')).stderr).toMatch(/user at password: must hold a hash/)
    await pipe('secrets set app.hash', '$y$abc$def')
    expect((await run('apply')).code).toBe(4)
  })

  test('decrypts for `run` and `facts` what connections need alone', async () => {
    const { run } = await project()
    for (const line of ['facts', 'run -- true']) expect((await run(line)).code, line).toBeOneOf([2, 4])
    const { run: runOther } = await project(twoSecrets.replace('port: 1,', "port: 1, password: secret('login'),"))
    const { code, stderr } = await runOther('facts')
    expect(code).toBe(1)
    expect(stderr).toMatch(/secret login: /)
    expect(stderr).not.toMatch(/mysql\.app/)
  })

  test.each([
    [
      'a plain text',
      "password: 'correct horse'",
      /variables of web1 at password: is a secret and must not stand in clear.*secret\('…'\)/,
    ],
    ['nothing', '', /variables of web1 at password: is missing; give secret\('…'\)/],
    ['no name', "password: secret('a b')", /Not a valid name for a secret: a b/],
  ])('says what to write in place of %s', async (_, vars, message) => {
    const { run } = await project(inventory(vars))
    expect((await run('apply')).stderr).toMatch(message)
    expect((await run('check')).stdout).toMatch(message)
  })

  test('names secrets while it is loaded, not while tasks are built', async () => {
    const { run } = await project(
      inventory(
        "password: secretFromEnvironment('HOME')",
        "command({ run: 'cat', input: secret('late'), always: true }),",
      ),
    )
    for (const line of ['apply', 'check']) {
      const { code, stdout, stderr } = await run(line)
      expect(code).toBe(1)
      expect(`${stdout}${stderr}`).toMatch(/A secret is named too late: late[\s\S]*inventory\/dev\.ts:\d+/)
    }
  })

  test('tells the missing secrets of each of several inventories', async () => {
    const { run, folder } = await project()
    writeFileSync(
      join(folder, 'shared.ts'),
      "import { secret } from 'foobar-deploy'\nexport const hash = secret('shared.hash')\n",
    )
    const using = (name: string) =>
      `import { hash } from '../shared.ts'\n${inventory(`password: secret('${name}.password'), hash`)}`
    for (const name of ['dev', 'prod']) writeFileSync(join(folder, `inventory/${name}.ts`), using(name))
    const { stdout } = await run('check inventory/dev.ts inventory/prod.ts')
    const missing = [...stdout.matchAll(/secret (\S+): there is no (\S+);/g)].map(([, name, file]) => `${name} ${file}`)
    expect(missing.sort()).toEqual([
      'dev.password inventory/dev.secrets.json',
      'prod.password inventory/prod.secrets.json',
      'shared.hash inventory/dev.secrets.json',
      'shared.hash inventory/prod.secrets.json',
    ])
  })
})

test('an inventory without secrets loads nothing for them', async () => {
  const text = twoSecrets
    .replace("password: secret('mysql.app'), hash: secret('app.hash')", '')
    .replace('password: secretSchema(), hash: secretSchema().optional()', '')
    .replace(/tasks: \(\) => \[[\s\S]*?\] \}\]/, 'tasks: () => [] }]')
  const { folder } = await project(text)
  const hook = `import { registerHooks } from 'node:module'; registerHooks({ load(url, context, next) { if (/age-encryption|resolve-secrets/.test(url)) process.stderr.write('LOADED ' + url + '\\n'); return next(url, context) } })`
  const nodeArguments = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`]
  const without = await foobarDeploy(['apply'], { folder, nodeArguments })
  expect(without).toMatchObject({ code: 4, stderr: '' })
  writeFileSync(join(folder, 'inventory/dev.ts'), twoSecrets)
  expect((await foobarDeploy(['apply'], { folder, nodeArguments })).stderr).toMatch(/LOADED .*resolve-secrets/)
})
