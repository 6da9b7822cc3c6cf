/** New values: from the standard input, from the terminal, or generated; never from the command line, which everybody sees. */

import process, { stdin } from 'node:process'
import { text } from 'node:stream/consumers'
import { FoobarDeployError } from '../../errors.ts'
import { defaultLength, generateValue } from '../../secrets/generate-value.ts'
import { withoutLineEnd } from '../../secrets/line-end.ts'
import { processEnvironment } from './process-environment.ts'

/** A value that was typed, or that came through a pipe. */
export async function readValue(name: string): Promise<string> {
  if (!stdin.isTTY) return withoutLineEnd(await text(process.stdin))
  return processEnvironment().ask(`Value of ${name}: `)
}

/** A generated value of the length that was asked for. */
export function newValue(length: unknown = defaultLength): string {
  if (typeof length === 'number' && Number.isInteger(length) && length >= shortest && length <= longest) {
    return generateValue(length)
  }
  throw new FoobarDeployError(
    'usage',
    'invalid-length',
    `--length must be a whole number from ${shortest} to ${longest}`,
    {
      hint: `The default is ${defaultLength}.`,
    },
  )
}

const shortest = 12
const longest = 1024
