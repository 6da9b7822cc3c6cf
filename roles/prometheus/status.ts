/** What `status` shows of a Prometheus: the alerts that fire, and targets that cannot be asked. */

import { type ProbeAnswer, type StatusProbe, type StatusRow, sh, statusProbe } from 'foobar-deploy'

const nothing = '-'

/** The probe; `endpoint` is where Prometheus listens. */
export function alertProbe(endpoint: string): StatusProbe {
  return statusProbe({
    section: 'Alerts',
    script: sh`ask() { timeout 20 promtool query instant -o json ${`http://${endpoint}`} "$1" 2>/dev/null || echo null; }
ask 'ALERTS_FOR_STATE and ignoring (alertstate) ALERTS{alertstate="firing"}'
ask 'up == 0'
ask 'count(up)'`,
    parse: rowsOf,
  })
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

function rowsOf({ stdout }: ProbeAnswer): StatusRow[] {
  const [alerts, down, targets] = stdout.split('\n').map(samplesIn)
  if (!alerts || !down || !targets) {
    return [
      { alert: { text: 'Prometheus does not answer', level: 'bad' }, on: nothing, detail: nothing, since: nothing },
    ]
  }
  const firing = alerts.map((sample) => alertRow(sample.metric, Number(sample.value[1])))
  const silent = down.map(({ metric }) => alertRow({ alertname: 'target is down', severity: 'warning', ...metric }, 0))
  if (firing.length + silent.length > 0) return [...firing, ...silent]
  const watched = targets[0]?.value[1]
  if (watched === undefined) {
    return [{ alert: { text: 'nothing is known yet', level: 'warning' }, on: nothing, detail: nothing, since: nothing }]
  }
  return [{ alert: { text: 'none', level: 'good' }, on: nothing, detail: `${watched} targets are up`, since: nothing }]
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
