/** Problems of a definition, gathered so that all of them are reported at once. */

import type { z } from 'zod'
import { definedOnly, FoobarDeployError, formatLocation, type SourceLocation } from '../errors.ts'

/** Something wrong in what the user declared. */
export interface Problem {
  /** What it is a problem of: `inventory`, `role nginx`, `service nginx`. */
  readonly subject: string
  /** The path inside the declaration: `hosts.web1.address`; empty for the whole. */
  readonly path: string
  readonly message: string
  readonly at?: SourceLocation
}

/** The problems that zod found, with what was given where that helps. */
export function problemsOf(error: z.ZodError, subject: string, at: SourceLocation | undefined, prefix = ''): Problem[] {
  return error.issues.map((issue) => ({
    subject,
    path: [prefix, ...issue.path].filter((part) => part !== '').join('.'),
    message: issue.message,
    ...definedOnly({ at }),
  }))
}

/** One error for all of `problems`. */
export function definitionError(problems: readonly Problem[]): FoobarDeployError {
  const lines = [...new Set(problems.map(describe))]
  const first = problems[0]?.at
  return new FoobarDeployError(
    'definition',
    'invalid-definition',
    lines.length === 1 ? 'The definition is wrong' : `The definition has ${lines.length} problems`,
    {
      detail: lines.length === 1 ? String(lines[0]) : `\n${lines.map((line) => `  - ${line}`).join('\n')}`,
      hint: 'Nothing was changed on any host. `foobar-deploy check` finds these without connecting.',
      ...definedOnly({ at: first }),
    },
  )
}

/** Throws when there are problems. */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw definitionError(problems)
}

function describe({ subject, path, message, at }: Problem): string {
  const where = at ? ` (${formatLocation(at)})` : ''
  return `${subject}${path === '' ? '' : ` at ${path}`}: ${message}${where}`
}
