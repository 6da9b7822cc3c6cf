/** The plain reporter: one line for each thing that matters, with its host first, for logs and for grep. */

import type { Emit, RunEvent, RunMode } from '../engine/events.ts'
import type { FoobarDeployError } from '../errors.ts'
import { errorLine } from './error-text.ts'
import { count, formatDuration, printable } from './format.ts'
import { assembleLines, type LineAssembly } from './line-assembly.ts'
import type { Paint } from './paint.ts'
import { recapLines } from './recap.ts'
import { type ReportStyle, taskLines } from './task-lines.ts'

/** A reporter that writes whole lines. */
export function plainReporter(write: (text: string) => void, style: ReportStyle): Emit {
  const { paint, workingDirectory } = style
  let width = 0
  let mode: RunMode = 'apply'
  const output = assembleLines()
  return (event) => {
    if (event.type === 'run-started') {
      mode = event.mode
      width = Math.max(0, ...event.hosts.map((host) => host.length))
    }
    const host = 'host' in event ? event.host : undefined
    const prefix = host === undefined ? '' : `${host.padEnd(width)} ${paint('quiet', '|')} `
    const lines =
      event.type === 'run-finished'
        ? ['', ...recapLines(event, paint, workingDirectory)]
        : eventLines(event, mode, style, output).flatMap((line) => line.split('\n'))
    if (lines.length > 0)
      write(
        lines
          .map((line) => `${prefix}${line}`.trimEnd())
          .join('\n')
          .concat('\n'),
      )
  }
}

function eventLines(event: RunEvent, mode: RunMode, style: ReportStyle, output: LineAssembly): string[] {
  const { paint, verbose } = style
  const outputLine = (line: string) => paint('quiet', `  ${line}`)
  switch (event.type) {
    case 'run-started':
      return [paint('heading', `${mode} ${event.playbook}: ${hostList(event.hosts)}`)]
    case 'host-connected':
      return verbose ? [`connected in ${formatDuration(event.durationMs)}`] : []
    case 'host-reconnected':
      return [paint('notice', `reconnected: ${printable(event.reason)}`)]
    case 'host-ready':
      return verbose ? [count(event.tasks, 'task')] : []
    case 'play-started':
      return [paint('heading', `play ${event.play}${batchText(event)}: ${hostList(event.hosts)}`)]
    case 'task-output':
      return (verbose ? output.add(event.host, event.text) : waits(event.text)).map(outputLine)
    case 'task-finished':
      return [...output.rest(event.host).map(outputLine), ...taskLines(event, mode, style)]
    case 'host-failed':
      return [hostFailedLine(event.error, event.goesOn ? 'play' : 'run', paint)]
    case 'notice':
      return [paint('notice', printable(event.text))]
    case 'task-started':
    case 'run-finished':
      return []
  }
}

// Whoever waits is told what for, also where nothing else of the output is shown.
function waits(text: string): string[] {
  return text.includes('Waiting for ') ? text.split('\n').filter((line) => line.startsWith('Waiting for ')) : []
}

// The recap has the whole text, and a failed task has told it before.
function hostFailedLine(error: FoobarDeployError, left: 'play' | 'run', paint: Paint): string {
  const tone = error.family === 'unreachable' ? 'unreachable' : 'failed'
  const word = error.family === 'interrupted' ? 'interrupted' : tone
  return `${paint(tone, word)}: ${error.task === undefined ? errorLine(error) : `the host leaves the ${left}`}`
}

function batchText({ batch }: Extract<RunEvent, { type: 'play-started' }>): string {
  return batch ? ` (batch ${batch.number} of ${batch.of})` : ''
}

const namedHosts = 8

/** The names of a few hosts, the number of many. */
function hostList(hosts: readonly string[]): string {
  return hosts.length <= namedHosts ? hosts.join(', ') : count(hosts.length, 'host')
}
