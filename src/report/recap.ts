/** The recap: one row a host, then in full what failed, what was not reached and which handlers are pending. */

import type { HostRecap, RunEvent } from '../engine/events.ts'
import { type Status, statuses } from '../plan/status.ts'
import { errorText } from './error-text.ts'
import { count, formatDuration, printable } from './format.ts'
import type { Paint } from './paint.ts'
import { type Cell, tableLines } from './table.ts'

type RunFinished = Extract<RunEvent, { type: 'run-finished' }>

/** The lines of the recap. */
export function recapLines(event: RunFinished, paint: Paint, workingDirectory: string): string[] {
  const hosts = Object.entries(event.recap)
  // Only a plan can leave an outcome open.
  const shown = statuses.filter((status) => status !== 'unknown' || event.mode === 'plan')
  const header = ['host', ...shown, 'round trips', 'time'].map((text) => quiet(text, paint))
  return [
    ...tableLines([header, ...hosts.map(([host, recap]) => row(host, recap, shown, paint))]),
    ...hosts.flatMap(([host, { error }]) =>
      error ? ['', errorText(error.with({ host }), paint, workingDirectory)] : [],
    ),
    ...section('Failed (ignored)', hosts, ({ ignored }) => ignored, paint),
    ...section('Not reached', hosts, ({ notReached }) => notReached, paint),
    ...section('Pending handlers (the next apply runs them)', hosts, ({ pendingHandlers }) => pendingHandlers, paint),
    '',
    summary(event, paint),
  ]
}

/** Milliseconds that a host took in all. */
function totalMs({ timings }: HostRecap): number {
  return timings.connectMs + timings.firstRoundTripMs + timings.readMs + timings.applyMs
}

function row(host: string, recap: HostRecap, shown: readonly Status[], paint: Paint): Cell[] {
  const worst = [...statuses].reverse().find((status) => status !== 'skipped' && recap.statuses[status] > 0)
  return [
    { text: host, paint: (text) => paint(worst ?? 'ok', text) },
    ...shown.map((status) => statusCell(status, recap.statuses[status], paint)),
    { text: String(recap.roundTrips) },
    { text: formatDuration(totalMs(recap)) },
  ]
}

function statusCell(status: Status, amount: number, paint: Paint): Cell {
  return { text: String(amount), paint: (text) => paint(amount > 0 ? status : 'quiet', text) }
}

function quiet(text: string, paint: Paint): Cell {
  return { text, paint: (padded) => paint('quiet', padded) }
}

const listed = 10

function section(
  title: string,
  hosts: readonly (readonly [string, HostRecap])[],
  pick: (recap: HostRecap) => readonly string[],
  paint: Paint,
): string[] {
  const concerned = hosts.filter(([, recap]) => pick(recap).length > 0)
  if (concerned.length === 0) return []
  return [
    '',
    paint('heading', `${title}:`),
    ...concerned.flatMap(([host, recap]) => {
      const titles = pick(recap)
      const rest = titles.length - listed
      return [
        ...titles.slice(0, listed).map((text) => `  ${host}: ${printable(text)}`),
        ...(rest > 0 ? [`  ${host}: and ${rest} more`] : []),
      ]
    }),
  ]
}

function summary({ mode, recap, durationMs, interrupted, exitCode }: RunFinished, paint: Paint): string {
  const hosts = Object.values(recap)
  const sum = (status: Status) => hosts.reduce((total, { statuses }) => total + statuses[status], 0)
  const concerned = hosts.filter(({ statuses }) => statuses.changed > 0).length
  const lost = hosts.filter(({ error, statuses }) => statuses.unreachable > 0 || error?.family === 'unreachable').length
  const ignored = hosts.reduce((total, host) => total + host.ignored.length, 0)
  const isAnyReached = hosts.some(({ error, roundTrips }) => roundTrips > 0 || error?.family !== 'unreachable')
  const stopped = hosts.filter(({ error }) => error && error.family !== 'unreachable').length
  const done = mode === 'plan' ? 'would change' : 'changed'
  // Of a host that failed or was not reached, nobody knows what was, or is, to be changed.
  const isKnown = sum('failed') + sum('unknown') + lost + stopped === 0 && !(mode === 'plan' && interrupted)
  const nothing = mode === 'plan' ? 'nothing to change' : 'nothing changed'
  const parts = [
    ...(sum('changed') > 0
      ? [`${count(sum('changed'), 'task')} ${done} on ${concerned} of ${count(hosts.length, 'host')}`]
      : []),
    ...(sum('changed') === 0 && isKnown ? [nothing] : []),
    ...(sum('unknown') > 0 ? [`${sum('unknown')} unknown until applied`] : []),
    ...(sum('failed') > ignored ? [`${sum('failed') - ignored} failed`] : []),
    ...(ignored > 0 ? [`${ignored} failed (ignored)`] : []),
    ...(lost > 0 ? [isAnyReached ? `${count(lost, 'host')} unreachable` : 'no host was reached'] : []),
    ...(stopped > 0 && sum('failed') === 0 && !interrupted ? [`${count(stopped, 'host')} failed`] : []),
    ...(interrupted ? ['interrupted'] : []),
  ]
  const tone = exitCode > 0 ? 'failed' : sum('changed') > 0 ? 'changed' : 'ok'
  return `${paint(tone, `${mode}: ${parts.join(', ')}`)} in ${formatDuration(durationMs)}`
}
