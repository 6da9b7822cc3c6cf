/** Runs scripts on this machine as the engine does: in a subshell of `sh`, without input, many operands at once. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Output, QueryKind } from '../../src/plan/query.ts'

/** What `script` leaves behind. `before` runs in the same shell first. */
export function runScript(script: string, before = ''): Output {
  const { status, signal, stdout, stderr, error } = spawnSync('sh', ['-s'], {
    input: `umask 077\n${before}\n( ${script}\n) </dev/null\nexit $?\n`,
    maxBuffer: 1 << 30,
  })
  if (error) throw error
  if (signal) throw new Error(`ended by ${signal}`)
  return { status: status ?? -1, stdout, stderr }
}

/** The answers of this machine. What the script says on its standard error is an error. */
export function ask<Operand, Answer>(
  kind: QueryKind<Operand, Answer>,
  operands: readonly Operand[],
): readonly Answer[] {
  const output = runScript(kind.script(operands))
  if (output.stderr.length > 0) throw new Error(output.stderr.toString())
  return kind.parse(output, operands)
}

/** Those of `programs` that `script` starts, each as often as it does. */
export function programsOf(script: string, programs: readonly string[]): string[] {
  const log = join(temporaryFolder(), 'log')
  const counters = programs.map((name) => `${name}() { echo ${name} >>'${log}'; command ${name} "$@"; }`)
  writeFileSync(log, '')
  runScript(script, counters.join('\n'))
  return readFileSync(log, 'utf8').trim().split('\n').filter(Boolean)
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'foobar-deploy-test-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Names that break what is quoted carelessly. */
export const oddNames = [
  'plain',
  'with space',
  'new\nline',
  '-rf',
  '--help',
  "it's",
  '"double"',
  '$HOME',
  '`id`',
  'a -> b',
  'ünïcode ☃',
  'back\\slash',
  '*',
  '%s %n',
  ' leading',
  'trailing ',
  'trailing newline\n',
]
