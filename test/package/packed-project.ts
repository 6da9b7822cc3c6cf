/** A project as a user has it: the package, really packed and installed, and three files written against it. */

import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

/** The project's root. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** How a process ended. */
export interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** What `npm pack --json` tells of a file. */
export interface PackedFile {
  readonly path: string
  readonly mode: number
}

/** The user's project. */
export interface PackedProject {
  readonly folder: string
  /** What the package holds. */
  readonly files: readonly PackedFile[]
  /** Runs a program with the project as working directory; the first argument may be one of the project's own. */
  run(program: string, ...args: readonly string[]): Promise<Ended>
  /** Writes a file of the project. */
  write(path: string, text: string): void
  remove(): void
}

const sources = ['bin', 'src', 'roles', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json']
const documents = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE']

/** Packs the package from a copy of its source, so that the checkout's own dist/ stays as it is, and installs it. */
export async function packAndInstall(): Promise<PackedProject> {
  const place = mkdtempSync(join(tmpdir(), 'foobar-deploy-package-'))
  const copy = join(place, 'source')
  for (const name of [...sources, ...documents.filter((document) => existsSync(join(root, document)))]) {
    cpSync(join(root, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  // npm prints what its scripts print before the list.
  const packed = await run(copy, ['npm', 'pack', '--json', '--pack-destination', place])
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stdout}\n${packed.stderr}`)
  const list = packed.stdout.slice(packed.stdout.search(/^[[{]/m))
  const [entry] = Object.values(JSON.parse(list) as Record<string, { filename: string; files: PackedFile[] }>)
  if (!entry) throw new Error(`npm pack told of no package:\n${packed.stdout}`)

  const folder = join(place, 'project')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
  const installed = await run(folder, ['npm', 'install', ...quiet, join(place, entry.filename)])
  if (installed.status !== 0) throw new Error(`npm install failed:\n${installed.stderr}`)

  return {
    folder,
    files: entry.files,
    run: (...command) => run(folder, command),
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    },
    remove: () => rmSync(place, { recursive: true }),
  }
}

function run(cwd: string, [program = '', ...args]: readonly string[]): Promise<Ended> {
  const path = [join(cwd, 'node_modules', '.bin'), dirname(execPath), env.PATH].join(delimiter)
  // Neither the user's ssh settings nor the caches of the command line are the test's business.
  const own = program === 'npm' ? {} : { HOME: cwd, XDG_CACHE_HOME: join(cwd, '.cache'), NO_COLOR: '1' }
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { cwd, env: { ...env, ...own, PATH: path } }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve({ status: child.exitCode ?? -1, stdout, stderr })
    })
    child.stdin?.end()
  })
}
