/** The lines that a report prints permanently of a finished task. */

import type { RunEvent, RunMode } from '../engine/events.ts'
import type { Status } from '../plan/status.ts'
import { diffLines } from './diff.ts'
import { errorText } from './error-text.ts'
import { formatChange, formatDuration, formatTask, printable } from './format.ts'
import type { Paint } from './paint.ts'

/** How much and how a run is told. */
export interface ReportStyle {
  readonly paint: Paint
  /** Also tasks that were as desired, connections, and what commands write. */
  readonly verbose: boolean
  /** The differences of text files. */
  readonly diff: boolean
  /** Paths are shown from here. */
  readonly workingDirectory: string
}

type TaskFinished = Extract<RunEvent, { type: 'task-finished' }>

// Shorter than this, a duration says nothing.
const tellingMs = 1000

/** The lines; none for a task of which there is nothing to tell. */
export function taskLines(event: TaskFinished, mode: RunMode, style: ReportStyle): string[] {
  const { status, task, changes, diffs, reason, error, ignored, durationMs } = event
  const { paint } = style
  if (isSilent(status, style)) return []
  const word = paint(status, statusWord(status, mode).padEnd(mode === 'plan' ? 12 : 8))
  const took = durationMs >= tellingMs ? paint('quiet', ` (${formatDuration(durationMs)})`) : ''
  return [
    `${word} ${printable(formatTask(task))}${took}${ignored ? paint('quiet', ' (failure ignored)') : ''}`,
    ...changes.map((change) => `  ${printable(formatChange(change))}`),
    ...(style.diff ? diffs.flatMap((diff) => diffLines(diff, paint).map((line) => `  ${line}`)) : []),
    ...(reason === undefined ? [] : [`  ${printable(reason)}`]),
    ...(error ? indent(errorText(error, paint, style.workingDirectory)) : []),
  ]
}

/** The word for a status: a plan says what would be. */
function statusWord(status: Status, mode: RunMode): string {
  return mode === 'plan' && status === 'changed' ? 'would change' : status
}

/** The lines of a text, two spaces in. */
function indent(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`)
}

function isSilent(status: Status, { verbose }: ReportStyle): boolean {
  return !verbose && (status === 'ok' || status === 'skipped')
}
