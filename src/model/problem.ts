/** Problems of a definition, gathered so that all of them are reported at once. */

import type { z } from 'zod'
import { definedOnly, FoobarDeployError, formatLocation, messageOf, type SourceLocation } from '../errors.ts'
import { thrownLocation } from './origin.ts'
import { unknownKey } from './unknown-key.ts'

/** Something wrong in what the user declared. */
export interface Problem {
  /** What it is a problem of: `inventory`, `role nginx`, `service nginx`. */
  readonly subject: string
  /** The path inside the declaration: `hosts.web1.address`; empty for the whole. */
  readonly path: string
  readonly message: string
  readonly at?: SourceLocation
}

/** The problems that zod found with `schema`, in the user's words: what is missing, and what was meant by an unknown key. */
export function problemsOf(
  error: z.ZodError,
  subject: string,
  at: SourceLocation | undefined,
  schema?: z.core.$ZodType,
): Problem[] {
  const problem = (path: readonly PropertyKey[], message: string): Problem => ({
    subject,
    path: path.join('.'),
    message,
    ...definedOnly({ at }),
  })
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => problem([...issue.path, key], unknownKey(schema, issue.path, key)))
      : [problem(issue.path, issue.message.replace(/^Invalid input: expected (.+), received undefined$/, missing))],
  )
}

const missing = 'is missing; expected $1'

/** The problem for what was thrown while the user's functions ran: one of our own errors, or a mistake in their code. */
export function problemOfThrown(thrown: unknown, subject: string, otherwise: SourceLocation | undefined): Problem {
  const at = (thrown instanceof FoobarDeployError ? thrown.at : undefined) ?? thrownLocation(thrown) ?? otherwise
  return { subject, path: '', message: thrownMessage(thrown), ...definedOnly({ at }) }
}

function thrownMessage(thrown: unknown): string {
  if (thrown instanceof FoobarDeployError) {
    return [thrown.message, thrown.hint].filter((part) => part !== undefined).join('. ')
  }
  return `threw ${thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : messageOf(thrown)}`
}

/** One error for all of `problems`. By default the hint is for those that are found before a run begins. */
export function definitionError(
  problems: readonly Problem[],
  hint = 'Nothing was changed on any host. `foobar-deploy check` finds these without connecting.',
): FoobarDeployError {
  const first = problems[0]?.at
  // Where all have the same place it is said once, by the error itself.
  const samePlace = problems.every(({ at }) => at && first && formatLocation(at) === formatLocation(first))
  const lines = [...new Set(problems.map((problem) => describe(problem, !samePlace)))]
  return new FoobarDeployError(
    'definition',
    'invalid-definition',
    lines.length === 1 ? 'The definition is wrong' : `The definition has ${lines.length} problems`,
    {
      detail: lines.length === 1 ? String(lines[0]) : `\n${lines.map((line) => `  - ${line}`).join('\n')}`,
      hint,
      ...definedOnly({ at: first }),
    },
  )
}

/** Throws when there are problems. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw definitionError(problems)
}

function describe({ subject, path, message, at }: Problem, isPlaced: boolean): string {
  const where = at && isPlaced ? ` (${formatLocation(at)})` : ''
  return `${subject}${path === '' ? '' : ` at ${path}`}: ${message}${where}`
}
