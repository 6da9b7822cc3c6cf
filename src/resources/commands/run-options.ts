/** How a command or a script runs: its folder, variables and input, and which of its endings are a success. */

import { z } from 'zod'
import { type Command, sh, withInput } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { exports } from './guard.query.ts'
import { oneOrMore } from './one-or-more.ts'

/** What a task may say of how it runs. */
export interface RunOptions {
  /** The folder in which it and its guard run; default `/`. */
  readonly cwd?: string
  /** Variables set for it and its guard. Not for secrets: those go by `input`. */
  readonly environment?: Readonly<Record<string, string>>
  /** What it reads on its standard input; by default nothing. */
  readonly input?: string | Secret
  /** The exit status that is a success, or several; default 0. */
  readonly status?: number | readonly number[]
}

/** The part of a schema that says how it runs. */
export const runShape = {
  cwd: absolutePath.default('/'),
  environment: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string(), {
      error: ({ code }) => (code === 'invalid_key' ? 'is no name of a variable' : undefined),
    })
    .default({}),
  input: z.union([z.string(), z.instanceof(Secret<string>)]).optional(),
  status: oneOrMore(z.int().min(0).max(255)).default([0]),
}

/** How it is to run, with defaults filled in. */
export type Running = { readonly [K in keyof typeof runShape]: z.output<(typeof runShape)[K]> }

/** `command` in its folder with its variables; a status that is a success becomes 0. */
export function running(
  command: Command,
  { cwd, environment, status }: Omit<Running, 'input'>,
  input: Command['input'],
): Command {
  const variables: Command = { kind: 'command', script: exports(environment) }
  const evaluated = sh`(cd -- ${cwd} || exit 1; ${variables}${command})`
  const strict = status.length === 1 && status[0] === 0
  const accepted: Command = { kind: 'command', script: status.join(' | ') }
  const judged = strict ? evaluated : sh`(${evaluated}; s=$?; case $s in ${accepted}) ;; *) exit "$s" ;; esac)`
  return input === undefined ? judged : withInput(judged, input)
}
