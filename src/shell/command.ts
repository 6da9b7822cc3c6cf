/** Commands as values: text for POSIX sh in which everything interpolated has been quoted. */

import { quote } from './quote.ts'
import { Secret } from './secret.ts'

/** A command for POSIX sh. It holds no secret: those travel as {@link Command.input}. */
export interface Command {
  readonly kind: 'command'
  readonly script: string
  /** What the command reads on its standard input; without it, nothing. */
  readonly input?: string | Uint8Array | Secret<string> | Secret<Uint8Array>
}

/** What may stand in a {@link sh} template: words (quoted), lists of words, and other commands (as they are). */
export type Interpolated = string | number | Command | readonly (string | number)[]

/**
 * A command from a template; each value becomes exactly one word, a list becomes that many words, a command is inserted
 * as it is. A secret is refused by the type and at run time, because `ps` shows arguments to everyone on the host.
 *
 * @example
 * ```ts
 * import { sh } from 'foobar-deploy'
 *
 * sh`install -d -- ${'/srv/my app'}`.script // install -d -- '/srv/my app'
 * ```
 */
export function sh(strings: TemplateStringsArray, ...values: readonly Interpolated[]): Command {
  return { kind: 'command', script: String.raw({ raw: strings.map((text) => text) }, ...values.map(render)) }
}

/** The same command with something to read on its standard input. */
export function withInput(command: Command, input: NonNullable<Command['input']>): Command {
  return { ...command, input }
}

function render(value: Interpolated): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return String(value)
  if ((value as unknown) instanceof Secret) {
    throw new TypeError('A secret cannot stand in a command: everyone on the host could read it. Pass it as input.')
  }
  if ('kind' in value) return value.script
  return value.map(render).join(' ')
}
