/** The resource `script`: a script of this machine, run on the host, with the guard that decides whether it runs. */

import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { z } from 'zod'
import { FoobarDeployError, messageOf, type SourceLocation } from '../../errors.ts'
import { defineResource } from '../../model/task.ts'
import { type Command, sh } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { type CommandGuard, demandGuard, guardChange, guardShape, parseGuard, readGuard } from './guarded.ts'
import { type RunOptions, running, runShape } from './run-options.ts'

/** What a `script` task says. */
export type ScriptInput = CommandGuard &
  RunOptions & {
    /** The script: a file of this machine, relative to the file that contains the task. */
    readonly from: string
    /** What it is called with. Not for secrets: those go by `input`. */
    readonly args?: readonly (string | number)[]
  }

const object = z
  .strictObject({
    from: z.string().min(1),
    args: z.array(z.union([z.string(), z.number()])).default([]),
    ...guardShape,
    ...runShape,
  })
  .superRefine(demandGuard)
  .transform((given) => ({ ...given, program: undefined as Program | undefined }))

type Desired = z.output<typeof object>

/** A script and what runs it. */
interface Program {
  readonly text: string
  /** The words of its first line after `#!`: a program, and one argument at most. */
  readonly interpreter: readonly string[]
}

/**
 * A script that lies beside the role, run on the host by the program that its first line names (`#!`), else by `sh`. It is
 * guarded as a `command` is, and leaves nothing of itself on the host.
 *
 * @example
 * ```ts
 * // roles/schema.ts
 * import { defineRole, script } from 'foobar-deploy'
 *
 * export const schema = defineRole({
 *   name: 'schema',
 *   tasks: () => [script({ from: './files/migrate.sh', args: ['--to', 42], unless: 'app schema-version | grep -qx 42' })],
 * })
 * ```
 */
export const script = defineResource({
  type: 'script',
  // That there is exactly one guard is known to the type alone.
  schema: object as unknown as z.ZodType<Desired, ScriptInput>,
  prepare: (desired, at) => ({
    ...desired,
    program: programIn(resolve(at ? dirname(at.file) : '.', desired.from), at),
  }),
  id: ({ from, args }) => [basename(from), ...args].join(' '),
  read: (desired) => readGuard(desired),
  parse: (answers, desired) => parseGuard(answers, desired),
  provides: ({ creates }) => (creates === undefined ? ['anything'] : ['anything', `path ${creates}`]),
  diff: ({ due }, desired) => (due ? [guardChange(desired, basename(desired.from))] : []),
  *apply(_changes, desired) {
    if (desired.program) yield commandOf(desired, desired.program)
  },
  isAction: ({ always }) => always === true,
})

/** The script comes first on the standard input, and after it what it is to read. */
function commandOf(desired: Desired, { text, interpreter }: Program): Command {
  const { from, args, input = '' } = desired
  // As bytes, because of a secret text every line would be masked wherever it occurs, and these are the script's too.
  const all = typeof input === 'string' ? text + input : new Secret(input.name, Buffer.from(text + input.reveal()))
  // In the folder of the run: $D, or where a command with a time limit lies.
  const run = running(sh`${interpreter} "$folder"/${basename(from)} ${args}`, desired, all)
  return {
    ...run,
    script: sh`(
folder=$(mktemp -d -p "\${D:-\${0%/*}}") || exit
head -c ${Buffer.byteLength(text)} >"$folder"/${basename(from)} || exit
${{ kind: 'command', script: run.script }}
s=$?; rm -rf -- "$folder"; exit $s
)`.script,
  }
}

function programIn(file: string, at: SourceLocation | undefined): Program {
  try {
    const bytes = readFileSync(file)
    const text = bytes.toString()
    if (bytes.includes(0) || !Buffer.from(text).equals(bytes)) throw new Error(`${basename(file)} is no text in UTF-8`)
    const [, program = 'sh', argument] = /^#!\s*(\S+)(?:[ \t]+(.*\S))?/.exec(text) ?? []
    return { text, interpreter: argument === undefined ? [program] : [program, argument] }
  } catch (cause) {
    throw new FoobarDeployError('definition', 'script-unreadable', 'A script cannot be read', {
      detail: messageOf(cause),
      hint: 'A relative path starts at the folder of the file in which the task is written.',
      ...(at ? { at } : {}),
      cause,
    })
  }
}
