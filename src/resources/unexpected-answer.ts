/** The error for an answer of a host that is not in the form that was asked for. */

import { FoobarDeployError } from '../errors.ts'
import type { Output } from '../plan/query.ts'

/** `what` was asked and the host answered with something else, most often because a program is missing there. */
export function unexpectedAnswer(what: string, { status, stderr }: Output): FoobarDeployError {
  const said = stderr.toString().trim()
  return new FoobarDeployError('task', 'unexpected-answer', 'The host gave an answer that cannot be understood', {
    detail: `asked for ${what}, status ${status}${said === '' ? '' : `\n${said}`}`,
    hint: 'The host needs a POSIX sh and GNU coreutils 8.25 or later.',
  })
}
