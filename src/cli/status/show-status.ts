/** `status`: what the probes of all roles say, as tables or as JSON lines. */

import type { HostStatus } from '../../engine/collect-status.ts'
import { exitCodes, FoobarDeployError } from '../../errors.ts'
import { dataLine, plainError } from '../../report/json-lines.ts'
import type { StatusReport, StatusTable } from '../../report/status-text.ts'
import type { Arguments } from '../arguments.ts'
import { reachInventory } from '../reach-inventory.ts'
import { listenToSignals } from '../signals.ts'
import { paintFor, tell, write } from '../terminal.ts'

/** Asks the selected hosts; the exit code is 0, 4 where one was not reached, with --detailed-exitcode 2 where something is bad. */
export async function showStatus(args: Arguments): Promise<number> {
  const { inventory, transport } = await reachInventory(args)
  const [{ collectStatus }, { countOf, statusText }] = await Promise.all([
    import('../../engine/collect-status.ts'),
    import('../../report/status-text.ts'),
  ])
  const signals = listenToSignals(tell)
  try {
    const statuses = await collectStatus({ ...args, inventory }, { transport, kill: signals.stop }, 'root')
    const report = reportOf(statuses)
    const bad = countOf(report, 'bad')
    if (args.output === 'json') {
      for (const line of jsonOf(statuses)) write(dataLine(line, Date.now()))
      const unreachable = report.unreachable
        .filter(({ error }) => error.family !== 'interrupted')
        .map(({ host }) => host)
      const warnings = countOf(report, 'warning')
      write(dataLine({ type: 'status-finished', bad, warnings, unreachable }, Date.now()))
    } else {
      write(statusText(report, await paintFor('stdout')))
    }
    if (signals.stop.aborted) return exitCodes.interrupted
    const codes = report.unreachable.map(({ error }) => error.exitCode)
    return Math.max(0, ...codes, args.detailedExitcode && bad > 0 ? exitCodes.task : 0)
  } finally {
    signals.dispose()
  }
}

function reportOf(statuses: ReadonlyMap<string, HostStatus>): StatusReport {
  const tables = new Map<string, StatusTable['rows'][number][]>()
  const unreachable: StatusReport['unreachable'][number][] = []
  for (const [host, status] of statuses) {
    if (status instanceof FoobarDeployError) {
      unreachable.push({ host, error: status })
      continue
    }
    for (const { section, rows } of status) {
      const table = tables.get(section) ?? []
      table.push(...rows.map((row) => ({ host, row })))
      tables.set(section, table)
    }
  }
  return { tables: [...tables].map(([section, rows]) => ({ section, rows })), unreachable }
}

function jsonOf(statuses: ReadonlyMap<string, HostStatus>): Parameters<typeof dataLine>[0][] {
  return [...statuses].flatMap(([host, status]): Parameters<typeof dataLine>[0][] =>
    status instanceof FoobarDeployError
      ? [{ type: 'host-failed', host, error: plainError(status) }]
      : status.map(({ section, rows }) => ({ type: 'status', host, section, rows })),
  )
}
