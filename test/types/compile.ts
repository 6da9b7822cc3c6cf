/** Type-checks snippets of user code against the public API and tells what the compiler said. */

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One message of the compiler. */
export interface Diagnostic {
  /** As it was given to {@link compile}. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** `TS2322`. */
  readonly code: string
  readonly message: string
}

/** What the compiler says of these files, given by path; `foobar-deploy` is the source of this checkout. */
export async function compile(files: Readonly<Record<string, string>>): Promise<Diagnostic[]> {
  const folder = await mkdtemp(join(tmpdir(), 'foobar-deploy-types-'))
  try {
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: {
        typeRoots: [join(root, 'node_modules', '@types')],
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: ['.'],
    }
    const all = { ...files, 'package.json': '{ "type": "module" }', 'tsconfig.json': JSON.stringify(config) }
    for (const [path, text] of Object.entries(all)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    return parse(await tsc(['--pretty', 'false'], folder))
  } finally {
    await rm(folder, { recursive: true })
  }
}

function tsc(args: readonly string[], cwd: string): Promise<string> {
  const program = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  return new Promise((resolve, reject) => {
    execFile(execPath, [program, ...args], { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      // With errors in the files it exits with 1 or 2; anything else is a failure to run.
      if (error && ![1, 2].includes(Number(error.code))) reject(new Error(`tsc failed: ${error.message}\n${stderr}`))
      else resolve(stdout)
    })
  })
}

function parse(output: string): Diagnostic[] {
  const found: Diagnostic[] = []
  for (const line of output.split('\n').filter((text) => text !== '')) {
    const head = /^(?<file>.+)\((?<line>\d+),\d+\): error (?<code>TS\d+): (?<message>.*)$/.exec(line)?.groups
    const last = found.at(-1)
    if (head) {
      const { file = '', code = '', message = '' } = head
      found.push({ file, line: Number(head.line), code, message })
    } else if (last && line.startsWith(' ')) {
      found[found.length - 1] = { ...last, message: `${last.message}\n${line}` }
    } else {
      throw new Error(`tsc said something unexpected: ${line}`)
    }
  }
  return found
}
