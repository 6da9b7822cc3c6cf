/** Type-checks inventories with what they import, by running the TypeScript compiler. */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { cwd, execPath } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Problem } from '../../model/problem.ts'

const strict = {
  target: 'es2024',
  module: 'nodenext',
  moduleResolution: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  erasableSyntaxOnly: true,
  skipLibCheck: true,
}

/** The compiler's complaints about an inventory file and what it imports. */
export async function typeProblems(file: string): Promise<Problem[]> {
  const compiler = findCompiler(file)
  const own = await ownConfiguration(compiler, file)
  const folder = await mkdtemp(join(tmpdir(), 'foobar-deploy-check-'))
  try {
    const configuration = join(folder, 'tsconfig.json')
    await writeFile(configuration, JSON.stringify(configurationFor(file, own)))
    const { output, status } = await runCompiler(compiler, ['-p', configuration, '--pretty', 'false'])
    const problems = parseProblems(output, cwd())
    if (status !== 0 && problems.length === 0) throw compilerFailed(output)
    return problems
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Reads `file(line,column): error TS1234: message`, with lines that are indented belonging to the one before. */
export function parseProblems(output: string, workingDirectory: string): Problem[] {
  const problems: Problem[] = []
  for (const line of output.split(/\r?\n/)) {
    const [, file, row, column, message] =
      /^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+: .*)$/.exec(line) ?? ([] as (string | undefined)[])
    const last = problems.at(-1)
    if (message !== undefined) {
      const at = file && { file: resolve(workingDirectory, file), line: Number(row), column: Number(column) }
      problems.push({ subject: 'types', path: '', message, ...(at ? { at } : {}) })
    } else if (last && /^\s+\S/.test(line)) {
      problems[problems.length - 1] = { ...last, message: `${last.message}\n${line}` }
    }
  }
  return problems
}

function configurationFor(file: string, own: string | undefined): object {
  const typeRoots = ancestors(dirname(file))
    .concat(ancestors(toolkitFolder))
    .map((folder) => join(folder, 'node_modules/@types'))
    .filter((folder) => existsSync(folder))
  const shared = { noEmit: true, incremental: false, composite: false, typeRoots }
  const only = { files: [file], include: [], references: [] }
  if (own) return { extends: own, compilerOptions: shared, ...only }
  const types = typeRoots.some((folder) => existsSync(join(folder, 'node'))) ? ['node'] : []
  return { compilerOptions: { ...strict, ...shared, types, paths: toolkitPaths() }, ...only }
}

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.d.ts'
const toolkitFolder = fileURLToPath(new URL('../../..', import.meta.url))

function toolkitPaths(): Record<string, string[]> {
  return {
    'foobar-deploy': [join(toolkitFolder, `src/index${extension}`)],
    'foobar-deploy/mysql': [join(toolkitFolder, `src/mysql${extension}`)],
    'foobar-deploy/roles/*': [join(toolkitFolder, `roles/*/role${extension}`)],
  }
}

/** The nearest tsconfig.json, if it includes the file. */
async function ownConfiguration(compiler: string, file: string): Promise<string | undefined> {
  const nearest = ancestors(dirname(file))
    .map((folder) => join(folder, 'tsconfig.json'))
    .find((path) => existsSync(path))
  if (!nearest) return undefined
  const { output } = await runCompiler(compiler, ['-p', nearest, '--listFilesOnly'])
  return output.split(/\r?\n/).includes(file) ? nearest : undefined
}

function findCompiler(file: string): string {
  for (const from of [pathToFileURL(file).href, import.meta.url]) {
    try {
      return join(dirname(createRequire(from).resolve('typescript/package.json')), 'bin/tsc')
    } catch {
      // Not here; the next place is tried, and if there is none it is said below.
    }
  }
  throw new FoobarDeployError('environment', 'typescript-missing', 'Checking types needs the package typescript', {
    detail: `it is neither in the project of ${file} nor beside foobar-deploy`,
    hint: 'npm install --save-dev typescript',
  })
}

function runCompiler(compiler: string, args: readonly string[]): Promise<{ output: string; status: number | null }> {
  const { promise, resolve: done, reject } = Promise.withResolvers<{ output: string; status: number | null }>()
  const child = spawn(execPath, [compiler, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.on('error', (cause) => reject(compilerFailed(String(cause))))
  child.on('close', (status) => done({ output: Buffer.concat(chunks).toString(), status }))
  return promise
}

function compilerFailed(output: string): FoobarDeployError {
  const detail = output.trim() === '' ? undefined : output.trim()
  return new FoobarDeployError('environment', 'typescript-failed', 'The TypeScript compiler did not work', {
    ...definedOnly({ detail }),
  })
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...ancestors(parent)]
}
