/** Packs and installs the package as a user would, then writes, checks and runs a project against it. */

import { globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PackedProject, packAndInstall, root } from './packed-project.ts'

const role = `/** The message of the day. */
import { defineRole, file, z } from 'foobar-deploy'

export const motd = defineRole({
  name: 'motd',
  variables: z.strictObject({ text: z.string().min(1) }),
  tasks: ({ vars }) => [file({ path: '/etc/motd', content: vars.text })],
})
`
const playbook = `/** All there is to do. */
import { definePlaybook, z } from 'foobar-deploy'
import { motd } from '../roles/motd/role.ts'

export const site = definePlaybook({
  name: 'site',
  groups: ['web'],
  variables: z.strictObject({ greeting: z.string() }),
  plays: ({ vars }) => [{ name: 'Greet', hosts: 'web', roles: [motd({ text: vars.greeting })] }],
})
`
const inventory = (port: number) => `/** One host, with nobody listening. */
import { defineInventory } from 'foobar-deploy'
import { site } from '../playbooks/site.ts'

export default defineInventory({
  playbook: site,
  vars: { greeting: 'Welcome' },
  hosts: { web1: { address: '127.0.0.1', port: ${port}, user: 'nobody' } },
  groups: { web: ['web1'] },
})
`
const tsconfig = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    types: [],
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
  },
}

const roleNames = globSync('roles/*/role.ts', { cwd: root }).map((path) => path.split('/')[1])
const importsOfAll = ['foobar-deploy', 'foobar-deploy/mysql', ...roleNames.map((name) => `foobar-deploy/roles/${name}`)]

let project: PackedProject

beforeAll(async () => {
  project = await packAndInstall()
  project.write('tsconfig.json', JSON.stringify(tsconfig))
  project.write('roles/motd/role.ts', role)
  project.write('playbooks/site.ts', playbook)
  // Declarations that cannot be found or are broken fail the compilation.
  project.write('playbooks/all.ts', importsOfAll.map((name) => `export type * from '${name}'\n`).join(''))
  project.write('inventory/dev.ts', inventory(await closedPort()))
}, 120_000)

afterAll(() => project?.remove())

const tsc = () => project.run(join(root, 'node_modules', '.bin', 'tsc'), '--pretty', 'false')

describe('the package', () => {
  it('holds the program, its declarations and its documents, and nothing else', () => {
    const paths = project.files.map(({ path }) => path)
    const expected =
      /^(package\.json|README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE|bin\/foobar-deploy\.js|dist\/src\/LICENSES\.txt|dist\/(src|roles)\/.+\.(js|d\.ts)|dist\/roles\/[\w-]+\/.+)$/
    expect(paths.filter((path) => !expected.test(path))).toEqual([])
    expect(paths.filter((path) => /\.map$|\.test\.|(?<!\.d)\.ts$/.test(path))).toEqual([])
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'CHANGELOG.md',
        'SECURITY.md',
        'dist/src/index.js',
        'dist/src/index.d.ts',
        'dist/src/cli/main.js',
      ]),
    )
  })

  it('can be run', () => {
    const program = project.files.find(({ path }) => path === 'bin/foobar-deploy.js')
    expect((program?.mode ?? 0) & 0o111).toBe(0o111)
  })

  it('declares every module of the source and holds every file of the roles', () => {
    const paths = new Set(project.files.map(({ path }) => path))
    const compiled = (pattern: string, extension: string) =>
      globSync(pattern, { cwd: root }).map((path) => `dist/${path.replace(/\.ts$/, extension)}`)
    const modules = [...compiled('{src,roles}/**/*.ts', '.d.ts'), ...compiled('roles/**/*.ts', '.js')]
    const others = globSync('roles/**/*.*', { cwd: root, exclude: ['**/*.ts'] }).map((path) => `dist/${path}`)
    expect([...modules, ...others].filter((path) => !paths.has(path))).toEqual([])
  })

  it('names no path of the machine it was built on', () => {
    const named = project.files.filter(({ path }) =>
      readFileSync(join(project.folder, 'node_modules', 'foobar-deploy', path), 'utf8').includes(root),
    )
    expect(named).toEqual([])
  })

  it('gives every role to plain Node by its name', async () => {
    project.write('import-all.js', importsOfAll.map((name) => `await import('${name}')\n`).join(''))
    expect(await project.run('node', 'import-all.js')).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('a project that uses the package', () => {
  it('compiles', async () => {
    expect(await tsc()).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  it('does not compile with a misspelt variable', async () => {
    project.write('playbooks/wrong.ts', playbook.replace('text: vars.greeting', 'text: vars.greetign'))
    try {
      const { status, stdout } = await tsc()
      expect(stdout).toContain('playbooks/wrong.ts(9,')
      expect(stdout).toContain("'greetign' does not exist")
      expect(status).not.toBe(0)
    } finally {
      project.write('playbooks/wrong.ts', '')
    }
  })

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(await project.run('foobar-deploy', '--version')).toMatchObject({ status: 0, stdout: `${version}\n` })
  })

  it('lists its tasks', async () => {
    const { status, stdout, stderr } = await project.run('foobar-deploy', 'list', 'inventory/dev.ts')
    expect(stderr).toBe('')
    expect(stdout).toContain('web1')
    expect(stdout).toContain('file /etc/motd')
    expect(status).toBe(0)
  })

  it('passes the check', async () => {
    expect(await project.run('foobar-deploy', 'check', 'inventory/dev.ts')).toMatchObject({ status: 0, stderr: '' })
  })

  it('says that a host cannot be reached, with the exit code for it', async () => {
    const { status, stdout, stderr } = await project.run('foobar-deploy', 'plan', 'inventory/dev.ts')
    expect(`${stdout}${stderr}`).toContain('web1')
    expect(status).toBe(4)
  })
})

/** A port of this machine where nobody listens. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
