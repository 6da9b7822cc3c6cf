/** What `status` shows of a Prometheus: the alerts that fire, and targets that are down or missing. */

import { type ProbeAnswer, type StatusProbe, type StatusRow, sh, statusProbe } from 'foobar-deploy'
import type { Scrape } from './scrapes.ts'

const nothing = '-'

/** How many targets each job must have. */
type Jobs = readonly Pick<Scrape, 'name' | 'targets'>[]

/** The probe; `endpoint` is where Prometheus listens. */
export function alertProbe(endpoint: string, jobs: Jobs): StatusProbe {
  return statusProbe({
    section: 'Alerts',
    script: sh`ask() { timeout 20 promtool query instant -o json ${`http://${endpoint}`} "$1" 2>/dev/null || echo null; }
ask 'ALERTS_FOR_STATE and ignoring (alertstate) ALERTS{alertstate="firing"}'
ask 'up == 0'
ask 'count by (job) (up)'`,
    parse: (answer) => rowsOf(answer, jobs),
  })
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

function rowsOf({ stdout }: ProbeAnswer, jobs: Jobs): StatusRow[] {
  const [alerts, down, counts] = stdout.split('\n').map(samplesIn)
  if (!alerts || !down || !counts) {
    return [
      { alert: { text: 'Prometheus does not answer', level: 'bad' }, on: nothing, detail: nothing, since: nothing },
    ]
  }
  const firing = alerts.map((sample) => alertRow(sample.metric, Number(sample.value[1])))
  const silent = down.map(({ metric }) => alertRow({ alertname: 'target is down', severity: 'warning', ...metric }, 0))
  // The alert TargetsMissing fires after minutes.
  const missing = counts.length === 0 ? [] : missingRows(counts, jobs)
  if (firing.length + silent.length + missing.length > 0) return [...firing, ...silent, ...missing]
  if (counts.length === 0) {
    return [{ alert: { text: 'nothing is known yet', level: 'warning' }, on: nothing, detail: nothing, since: nothing }]
  }
  const watched = counts.reduce((sum, { value }) => sum + Number(value[1]), 0)
  return [{ alert: { text: 'none', level: 'good' }, on: nothing, detail: `${watched} targets are up`, since: nothing }]
}

function missingRows(counts: readonly Sample[], jobs: Jobs): StatusRow[] {
  const watched = new Map(counts.map(({ metric, value }) => [metric.job, Number(value[1])]))
  const missing = jobs
    .map(({ name, targets }) => ({ name, count: watched.get(name) ?? 0, wanted: targets.length }))
    .filter(({ count, wanted }) => count < wanted)
  if (missing.length === 0) return []
  const detail = missing.map(({ name, count, wanted }) => `${name} ${count} of ${wanted}`).join(', ')
  return [{ alert: { text: 'targets are missing', level: 'warning' }, on: nothing, detail, since: nothing }]
}

const shown = ['job', 'proxy', 'server', 'mountpoint', 'name', 'path', 'source', 'address'] as const

function alertRow(metric: Sample['metric'], since: number): StatusRow {
  const details = shown.flatMap((label) => metric[label] ?? [])
  return {
    alert: { text: metric.alertname ?? '?', level: metric.severity === 'critical' ? 'bad' : 'warning' },
    on: metric.instance ?? nothing,
    detail: details.join(' ') || nothing,
    since: since > 1 ? `${new Date(since * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC` : nothing,
  }
}

function samplesIn(line: string): readonly Sample[] | undefined {
  try {
    const samples: unknown = JSON.parse(line)
    return Array.isArray(samples) ? samples : undefined
  } catch {
    return undefined
  }
}
