/** The closed family of errors: every failure a user can meet has a code, a family and an exit code. */

/** The families, and the exit code each ends the process with. A process that met several exits with the highest. */
export const exitCodes = {
  /** The command line is wrong. */
  usage: 1,
  /** An inventory, playbook, role, template or secret is wrong; no host was changed. */
  definition: 1,
  /** This machine lacks something the command needs (a program, a privilege, disk space). */
  environment: 1,
  /** A task failed on a host. */
  task: 2,
  /** An operation would lose data, or the state of the hosts forbids it; nothing was changed. */
  refused: 3,
  /** A host could not be reached, or was lost and could not be reached again. */
  unreachable: 4,
  /** A server that must be off could not be proven to be off; nothing was changed. */
  fencing: 5,
  /** The user interrupted the run. */
  interrupted: 130,
} as const

/** A family of errors; see {@link exitCodes}. */
export type ErrorFamily = keyof typeof exitCodes

/** A place in a user's file; lines and columns count from 1. */
export interface SourceLocation {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

/** What is known of a problem beyond its fixed summary. Absent members are unknown, never empty. */
export interface ErrorDetails {
  /** What was found, in the words of this case: values, remote output, the list of problems. */
  readonly detail?: string
  /** What the user can do about it. */
  readonly hint?: string
  /** Name of the host in the inventory. */
  readonly host?: string
  /** Title of the task. */
  readonly task?: string
  /** Where in the user's files the cause stands. */
  readonly at?: SourceLocation
  readonly cause?: unknown
  /** Of a task: what an earlier task may provide so that it does not fail; each is a `Need`. */
  readonly needs?: readonly string[]
}

/**
 * The one error type that the toolkit throws on purpose; anything else thrown is a bug and is shown with its stack.
 *
 * @example
 * ```ts
 * import { FoobarDeployError } from 'foobar-deploy'
 *
 * throw new FoobarDeployError('usage', 'unknown-host', 'No such host in the inventory', {
 *   detail: 'web9',
 *   hint: 'The inventory has: web1, web2.',
 * })
 * ```
 */
export class FoobarDeployError extends Error {
  override readonly name = 'FoobarDeployError'
  readonly family: ErrorFamily
  /** Stable, kebab-case name of the problem, for programs. */
  readonly code: string
  /** Fixed words, the same for every case of this code. */
  readonly summary: string
  readonly detail: string | undefined
  readonly hint: string | undefined
  readonly host: string | undefined
  readonly task: string | undefined
  readonly at: SourceLocation | undefined
  readonly needs: readonly string[] | undefined

  constructor(family: ErrorFamily, code: string, summary: string, details: ErrorDetails = {}) {
    super(details.detail === undefined ? summary : `${summary}: ${details.detail}`, { cause: details.cause })
    this.family = family
    this.code = code
    this.summary = summary
    this.detail = details.detail
    this.hint = details.hint
    this.host = details.host
    this.task = details.task
    this.at = details.at
    this.needs = details.needs
  }

  /** The exit code of the process that ends with this error. */
  get exitCode(): number {
    return exitCodes[this.family]
  }

  /** The same error with more known of it; members already set are kept. */
  with(details: ErrorDetails): FoobarDeployError {
    return new FoobarDeployError(this.family, this.code, this.summary, {
      ...details,
      ...definedOnly({
        detail: this.detail,
        hint: this.hint,
        host: this.host,
        task: this.task,
        at: this.at,
        cause: this.cause,
        needs: this.needs,
      }),
    })
  }
}

/** The members of `value` that are not undefined. */
export function definedOnly<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never
}

/** `file:line:column`, as editors and terminals make clickable. */
export function formatLocation({ file, line, column }: SourceLocation): string {
  return [file, line, column].filter((part) => part !== undefined).join(':')
}

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
