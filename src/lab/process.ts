/** Runs the commands of the lab: short ones that are waited for, and processes that outlive this one. */

import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import { stripVTControlCharacters } from 'node:util'
import { FoobarDeployError } from '../errors.ts'
import type { Lock } from './lock.ts'
import { commandPath } from './require-environment.ts'

/** Where a started process belongs and writes to. */
export interface ProcessPlace {
  /** Directory of the cgroup that the process enters before it does anything else. */
  readonly cgroup: string
  /** File that takes what the process writes. */
  readonly log: string
  readonly lock: Lock
}

// The lock is let go only inside the cgroup: until then whoever wants to end the process waits for the lock, and
// from then on it is found in the cgroup. Where the cgroup is gone already, `sh -e` ends here.
const enterCgroup = 'echo $$ > "$1"; shift; exec 3<&-; exec "$@"'

/** Runs a short command to its end and gives its standard output; throws when it fails. */
export async function run(lock: Lock, file: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Promise<{ code: number | null; stdout: string; stderr: string }>(
    (resolve, reject) => {
      const child = spawn(file, args, {
        stdio: ['ignore', 'pipe', 'pipe', lock.fd],
        env: { ...env, PATH: commandPath, LC_ALL: 'C' },
      })
      const output = { stdout: '', stderr: '' }
      child.stdout?.setEncoding('utf8').on('data', (text) => (output.stdout += text))
      child.stderr?.setEncoding('utf8').on('data', (text) => (output.stderr += text))
      child.on('error', reject).on('close', (code) => resolve({ code, ...output }))
    },
  )
  if (code === 0) return stdout
  throw new FoobarDeployError('environment', 'lab-command-failed', 'A command of the lab failed', {
    detail: `${[file, ...args].join(' ')}: ${stderr.trim() || `it ended with ${code ?? 'a signal'}`}`,
  })
}

/** Starts a process that outlives this one; gives its id. */
export function launch(place: ProcessPlace, ...argv: readonly string[]): number | undefined {
  const child = spawnIn(place, true, argv)
  child.on('error', () => {})
  child.unref()
  return child.pid
}

/** Runs a long command in its cgroup and waits for it; gives its exit code, undefined when it was killed. */
export function runIn(place: ProcessPlace, ...argv: readonly string[]): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    spawnIn(place, false, argv)
      .on('error', reject)
      .on('exit', (code) => resolve(code ?? undefined))
  })
}

/** Runs a command in the foreground, on this process's terminal; gives its exit code, 128 + signal when killed. */
export function runInForeground(file: string, ...args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    spawn(file, args, { stdio: 'inherit', env: { ...env, PATH: commandPath } })
      .on('error', reject)
      .on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}

/** The last lines of a log, for an error's detail. */
export function logTail(log: string, lines = 15): string {
  try {
    return stripVTControlCharacters(readFileSync(log, 'utf8')).trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return '(nothing was written)'
  }
}

function spawnIn({ cgroup, log, lock }: ProcessPlace, detached: boolean, argv: readonly string[]) {
  mkdirSync(dirname(log), { recursive: true })
  const fd = openSync(log, 'a')
  try {
    return spawn('sh', ['-euc', enterCgroup, 'sh', join(cgroup, 'cgroup.procs'), ...argv], {
      stdio: ['ignore', fd, fd, lock.fd],
      env: { PATH: commandPath, LC_ALL: 'C.UTF-8', HOME: '/root' },
      cwd: '/',
      detached,
    })
  } finally {
    closeSync(fd)
  }
}
