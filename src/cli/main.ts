/** The command line: parses it, hands over to the command, and turns what is thrown into words and an exit code. */

import process from 'node:process'
import { FoobarDeployError } from '../errors.ts'
import { endWhenOutputCloses, leaveTerminal, paintFor, tell, write } from './terminal.ts'

/** Runs the toolkit with these arguments; the process's exit code is set when the promise resolves. */
export async function main(args: readonly string[]): Promise<void> {
  endWhenOutputCloses()
  process.on('uncaughtException', (thrown) => void die(thrown))
  process.exitCode = 0
  try {
    const { parseCommandLine } = await import('./command-line.ts')
    await parseCommandLine(args)
  } catch (thrown) {
    process.exitCode = await reportFailure(thrown, wantsJson(args))
  }
}

/** The exit code of a bug, as sysexits.h has it for an internal software error. */
export const bugExitCode = 70

// Thrown where nothing could catch it; a rejection that nobody handled ends here too.
async function die(thrown: unknown): Promise<void> {
  leaveTerminal()
  process.exit(await reportFailure(thrown, false))
}

async function reportFailure(thrown: unknown, json: boolean): Promise<number> {
  const expected = thrown instanceof FoobarDeployError
  if (json && expected) {
    const { errorLine } = await import('../report/json-lines.ts')
    write(errorLine(thrown, Date.now()))
  }
  const { bugText, errorText } = await import('../report/error-text.ts')
  const paint = await paintFor('stderr')
  tell(expected ? errorText(thrown, paint, process.cwd()) : bugText(thrown, paint))
  return expected ? thrown.exitCode : bugExitCode
}

function wantsJson(args: readonly string[]): boolean {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  return own.some((arg, index) => arg === '--output=json' || (arg === '--output' && own[index + 1] === 'json'))
}
