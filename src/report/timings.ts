/** Where a run's time went: before it, and on each host. */

import type { RunEvent } from '../engine/events.ts'
import { formatBytes, formatDuration } from './format.ts'
import type { Paint } from './paint.ts'
import { type Cell, tableLines } from './table.ts'

type RunFinished = Extract<RunEvent, { type: 'run-finished' }>

/** What happened before the run, in milliseconds. */
export interface StartUpPhase {
  readonly name: string
  readonly durationMs: number
}

/** The lines of the timings. */
export function timingLines(event: RunFinished, phases: readonly StartUpPhase[], paint: Paint): string[] {
  const titles = ['host', 'connect', 'first round trip', 'reads', 'applies', 'sent', 'received']
  const header = titles.map((text): Cell => ({ text, paint: (padded) => paint('quiet', padded) }))
  const rows = Object.entries(event.recap).map(([host, { timings, bytesSent, bytesReceived }]): Cell[] =>
    [
      host,
      ...[timings.connectMs, timings.firstRoundTripMs, timings.readMs, timings.applyMs].map(formatDuration),
      formatBytes(bytesSent),
      formatBytes(bytesReceived),
    ].map((text) => ({ text })),
  )
  const before = phases.map(({ name, durationMs }) => `${name} ${formatDuration(durationMs)}`)
  return [
    '',
    paint('heading', `timings: ${[...before, `run ${formatDuration(event.durationMs)}`].join(', ')}`),
    ...tableLines([header, ...rows]),
  ]
}
