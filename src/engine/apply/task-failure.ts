/** Failures of tasks: what a step's status and the second reading say, in words. */

import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Value } from '../../plan/change.ts'
import { becameUnsafe } from '../../resources/files/path-safety.query.ts'
import { redact } from '../../shell/secret.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import { type Drifted, isUpToDate, type Reading } from '../read/reading.ts'
import { failureHint } from './failure-hint.ts'

/** A step that did not succeed. */
export interface StepFailure {
  /** Undefined where nothing is known of its end. */
  readonly status: number | undefined
  readonly output: string
}

/** Judges a task after its steps by what was read again; undefined when the host is as desired. */
export function taskFailure(
  host: string,
  { compiled, reading }: Drifted,
  after: Reading | undefined,
  failed: StepFailure | undefined,
): FoobarDeployError | undefined {
  const where = placeOf(host, compiled)
  const { resource, desired } = compiled.task
  const isAction = resource.isAction?.(desired) ?? false
  if (failed) {
    // Masked before it is cut, because a part of a secret would not be known as one.
    const output = lastLines(redact(failed.output))
    const [, unsafe] = (failed.status === becameUnsafe && /^unsafe path: (.*)$/m.exec(output)) || []
    if (unsafe !== undefined) return unsafeSince(where, unsafe)
    return new FoobarDeployError('task', 'command-failed', 'A command failed on the host', {
      ...where,
      detail: `${describeStatus(failed.status)}${output === '' ? '' : `\n${output}`}`,
      hint: failureHint(failed.status, failed.output),
    })
  }
  if (!isAction && isUpToDate(after)) return undefined
  if (!after) return notConverged(where, 'it could not be read again')
  if (after.kind !== 'state')
    return after.kind === 'error' ? after.error.with(where) : notConverged(where, after.reason)
  if (!isAction)
    return notConverged(
      where,
      after.changes.map(({ key, from, to }) => `${key} is ${show(from)}, not ${show(to)}`).join('; '),
    )
  const wrong = resource.verifyAction?.(reading.state, after.state, desired)
  return wrong === undefined ? undefined : notConverged(where, wrong)
}

/** The error of a task whose state could not be told. */
export function unreadable(
  host: string,
  compiled: CompiledTask,
  reading: Exclude<Reading, { kind: 'state' }>,
): FoobarDeployError {
  const where = placeOf(host, compiled)
  if (reading.kind === 'error') return reading.error.with(where)
  return new FoobarDeployError('task', 'unavailable', 'The task has nothing to work on', {
    ...where,
    detail: reading.reason,
    ...definedOnly({ hint: reading.hint }),
  })
}

/** An exit status in words: `exit status 3`, or the signal for those above 128. */
function describeStatus(status: number | undefined): string {
  if (status === undefined) return 'it was cut off'
  if (status === 124) return 'it took longer than its time limit (exit status 124)'
  const signal = signals[status - 128]
  return signal ? `it was killed by SIG${signal} (exit status ${status})` : `exit status ${status}`
}

const signals: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  4: 'ILL',
  6: 'ABRT',
  7: 'BUS',
  8: 'FPE',
  9: 'KILL',
  11: 'SEGV',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
}

function placeOf(host: string, { reference }: CompiledTask) {
  return { host, task: reference.title, ...definedOnly({ at: reference.at }) }
}

function notConverged(where: object, detail: string): FoobarDeployError {
  return new FoobarDeployError(
    'task',
    'not-converged',
    'The change was made, but reading it back shows that it does not hold',
    {
      ...where,
      detail,
      hint: 'Something else changes it back, or two tasks want different things.',
    },
  )
}

function unsafeSince(where: object, detail: string): FoobarDeployError {
  const summary = 'Root does not write where another user can redirect it'
  return new FoobarDeployError('task', 'unsafe-path', summary, {
    ...where,
    detail: `${detail}, since it was last looked at; nothing was written`,
    hint: 'Write become with the name of that user in the task, or unsafePath: true if you trust that user like root.',
  })
}

// A program may print without end, and without ending a line.
const longestOutput = 100_000
const longestLine = 1000

function lastLines(output: string): string {
  const last = output.slice(-longestOutput).trimEnd().split('\n').slice(-20)
  return last.map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line)).join('\n')
}

function show(value: Value): string {
  return value === null ? 'absent' : JSON.stringify(value)
}
