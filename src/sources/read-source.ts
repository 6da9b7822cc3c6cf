/** Reads what a source of hosts says: a file, or what a program prints. */

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { FoobarDeployError, messageOf, type SourceLocation } from '../errors.ts'
import { callerLocation } from '../model/origin.ts'
import type { LocalSetting } from './local-settings.ts'

/**
 * Where hosts are told: in a file, or by a program with its arguments. Paths are relative to the calling file. Settings
 * that act on this machine, or check host keys less, are refused unless `allow` names them.
 */
export type SourceOfHosts = ({ readonly file: string } | { readonly command: readonly [string, ...string[]] }) & {
  readonly allow?: readonly LocalSetting[]
}

/** A text and where it came from. */
export interface SourceText {
  readonly text: string
  /** The file's path as given, or `output of COMMAND`. */
  readonly subject: string
  /** The file it stands in. */
  readonly at: SourceLocation | undefined
  /** The folder it stands in, or that the program ran in. */
  readonly folder: string
}

/** How a program ended. */
export interface ProgramEnd {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** The folder of the file that called; to be asked before anything is waited for. */
export function callingFolder(): string {
  const file = callerLocation()?.file
  return file === undefined ? resolve('.') : dirname(file)
}

/** The text of `source`. */
export async function readSource(source: SourceOfHosts, folder: string): Promise<SourceText> {
  if ('command' in source) {
    const [program, ...args] = source.command
    const { status, stdout, stderr } = await runProgram(program, args, folder)
    const line = source.command.join(' ')
    if (status !== 0) {
      throw new FoobarDeployError('environment', 'source-failed', 'The command that lists the hosts failed', {
        detail: `${line} ended with status ${status}: ${stderr.trim() || '(nothing on its error output)'}`,
        hint: `It runs in ${folder}.`,
      })
    }
    return { text: stdout, subject: `output of ${line}`, at: undefined, folder }
  }
  const path = resolve(folder, source.file)
  try {
    return { text: await readFile(path, 'utf8'), subject: source.file, at: { file: path }, folder: dirname(path) }
  } catch (thrown) {
    const isFolder = (thrown as { code?: unknown }).code === 'EISDIR'
    throw new FoobarDeployError('definition', 'source-not-read', 'The file that lists the hosts cannot be read', {
      detail: isFolder ? `${path} is a directory` : messageOf(thrown),
      hint: isFolder ? 'Name a file in it.' : 'The path is relative to the file that names it.',
      cause: thrown,
    })
  }
}

const largestOutputBytes = 2 ** 28

/** Runs a program without a shell, with nothing to read. */
export async function runProgram(program: string, args: readonly string[], folder: string): Promise<ProgramEnd> {
  try {
    const running = promisify(execFile)(program, [...args], { cwd: folder, maxBuffer: largestOutputBytes })
    running.child.stdin?.end()
    return { status: 0, ...(await running) }
  } catch (thrown) {
    const { code, stdout = '', stderr = '' } = thrown as { code?: unknown; stdout?: string; stderr?: string }
    if (typeof code === 'number') return { status: code, stdout, stderr }
    throw new FoobarDeployError('environment', 'source-not-run', 'The program that lists the hosts cannot be run', {
      detail:
        code === 'ENOENT' ? `there is no program ${program} (looked for in ${folder} and PATH)` : messageOf(thrown),
      hint: `Install ${program}, or correct its name.`,
      cause: thrown,
    })
  }
}
