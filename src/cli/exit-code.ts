/** The exit code of the process. */

import process from 'node:process'

/** Ends the process with this code once everything is written. */
export function exitWith(exitCode: number): void {
  process.exitCode = exitCode
}

/** For `--detailed-exitcode`: 0 nothing to change, 2 something, 1 an error; an interruption stays what it is. */
export function detailedExitCode(exitCode: number, changed: boolean): number {
  if (exitCode === 130) return exitCode
  if (exitCode !== 0) return 1
  return changed ? 2 : 0
}
