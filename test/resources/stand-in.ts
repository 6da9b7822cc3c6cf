/** Programs that stand in for others, so that a script meets a host of the test's making; and a log of what was started. */

import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './run-script.ts'

/** Programs in a folder of their own. */
export interface StandIns {
  /** What must run before a script so that it finds them; for `runScript`. */
  readonly before: string
  /** The names of those that were started, in order. */
  started(): string[]
}

/** By name, what each does, as text for sh. */
export function standIns(programs: Readonly<Record<string, string>>): StandIns {
  const folder = temporaryFolder()
  const log = join(folder, '.log')
  writeFileSync(log, '')
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho ${name} >>'${log}'\n${text}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return {
    before: `PATH='${folder}':$PATH`,
    started: () => readFileSync(log, 'utf8').split('\n').filter(Boolean),
  }
}

/** The real programs of these names, counted. */
export function counted(...names: readonly string[]): StandIns {
  return standIns(
    Object.fromEntries(names.map((name) => [name, `PATH=/usr/sbin:/usr/bin:/sbin:/bin exec ${name} "$@"`])),
  )
}
