/** What this process writes to: whether it is a terminal, whether it takes colour, and what to do when it goes away. */

import process, { stderr, stdout } from 'node:process'
import type { Paint } from '../report/paint.ts'
import { redact } from '../shell/redact.ts'
import type { Output } from './options.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Whether colour is to be used: FORCE_COLOR decides, then NO_COLOR, then whether it is a terminal that can. */
export function wantsColour(isTTY: boolean, environment: Environment = process.env): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term, CI: ci } = environment
  if (force !== undefined) return !['0', 'false'].includes(force)
  if (no !== undefined && no !== '') return false
  return isTTY && term !== 'dumb' && !isSet(ci)
}

/** How to report when the command line does not say. */
export function defaultOutput(isTTY: boolean, environment: Environment = process.env): Output {
  const { NO_COLOR: no, CI: ci, TERM: term } = environment
  return isTTY && !isSet(no) && !isSet(ci) && term !== 'dumb' ? 'live' : 'plain'
}

/** Colours for one of this process's outputs. */
export async function paintFor(stream: 'stdout' | 'stderr'): Promise<Paint> {
  const { makePaint } = await import('../report/paint.ts')
  return makePaint(wantsColour((stream === 'stdout' ? stdout : stderr).isTTY === true))
}

/** Writes to the output; no value of a secret gets through. */
export function write(text: string): void {
  writeUnmasked(redact(text))
}

/** Writes to the output what the user asked to see, secret or not. */
export function writeUnmasked(text: string): void {
  if (closed) return
  // What is written in one turn goes out in one call: hundreds of tasks may be told at once.
  if (stdout.writableCorked === 0) {
    stdout.cork()
    process.nextTick(() => stdout.uncork())
  }
  stdout.write(text)
}

const showCursor = '\x1b[?25h'

/** Makes a terminal usable again that may have been left in the middle of a picture. */
export function leaveTerminal(): void {
  if (stdout.isTTY && !closed) stdout.write(showCursor)
}

/** Tells a person something that is not part of the output; no value of a secret gets through. */
export function tell(text: string): void {
  stderr.write(`${redact(text)}\n`)
}

const listeners = new Set<() => void>()
let closed = false

/** Ends the process quietly when nobody reads its output any more, unless something is to be finished first. */
export function endWhenOutputCloses(): void {
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
    if (closed) return
    closed = true
    if (listeners.size === 0) process.exit(0)
    for (const listener of listeners) listener()
  })
  stderr.on('error', () => {})
}

/** Calls `listener` in place of ending the process; gives the function that takes it back. */
export function onOutputClosed(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0'
}
