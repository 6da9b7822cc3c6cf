/** Probes: what is asked of a host to show how a role is doing there. */

import type { StatusRow } from '../plan/status-row.ts'
import type { Command } from '../shell/command.ts'

/** What a probe’s script said. */
export interface ProbeAnswer {
  readonly status: number
  readonly stdout: string
}

/** A script that `status` runs on a host, and how its answer becomes rows. */
export interface StatusProbe {
  /** The table that its rows are part of, with those of other hosts. */
  readonly section: string
  readonly script: Command
  parse(answer: ProbeAnswer): readonly StatusRow[]
}

/**
 * A probe of `foobar-deploy status`. Its script only reads, as root; what is not there is a row that says so. The rows of
 * all hosts and roles of one section are one table.
 *
 * @example
 * ```ts
 * import { defineRole, service, sh, statusProbe } from 'foobar-deploy'
 *
 * export const queue = defineRole({
 *   name: 'queue',
 *   tasks: () => [service({ name: 'queue', running: true })],
 *   status: () => [
 *     statusProbe({
 *       section: 'Queues',
 *       script: sh`systemctl is-active queue`,
 *       parse: ({ status, stdout }) => [{ state: { text: stdout.trim(), level: status === 0 ? 'good' : 'bad' } }],
 *     }),
 *   ],
 * })
 * ```
 */
export function statusProbe(probe: StatusProbe): StatusProbe {
  return probe
}
