/** Which reporter a command uses, loaded only then. */

import process, { stdout } from 'node:process'
import { FoobarDeployError } from '../errors.ts'
import type { Reporter } from '../report/reporter.ts'
import type { Arguments } from './arguments.ts'
import type { Output } from './options.ts'
import { defaultOutput, paintFor, write } from './terminal.ts'

/** The way of reporting that was asked for, or the one that fits where the output goes. */
export function outputOf({ output }: Pick<Arguments, 'output'>): Output {
  if (output === 'live' && !stdout.isTTY) {
    throw new FoobarDeployError('usage', 'not-a-terminal', 'The live output needs a terminal', {
      detail: 'the output is a file or a pipe',
      hint: 'Use --output plain or --output json.',
    })
  }
  return output ?? defaultOutput(stdout.isTTY === true)
}

/** The reporter for the events of a run. */
export async function selectReporter(args: Arguments): Promise<Reporter> {
  const output = outputOf(args)
  if (output === 'json') {
    const { jsonLinesReporter } = await import('../report/json-lines.ts')
    return { emit: jsonLinesReporter(write, Date.now), ...nothingToHold }
  }
  const style = {
    paint: await paintFor('stdout'),
    verbose: args.verbose,
    diff: args.diff,
    workingDirectory: process.cwd(),
  }
  if (output === 'live') {
    const { liveReporter } = await import('../report/live.ts')
    return liveReporter(stdout, style)
  }
  const { plainReporter } = await import('../report/plain.ts')
  return { emit: plainReporter(write, style), ...nothingToHold }
}

const nothingToHold = { suspend: () => {}, resume: () => {}, close: async () => {} }
