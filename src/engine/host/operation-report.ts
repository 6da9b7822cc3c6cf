/** The report of an operation after the connection was lost: what the host has on record of it. */

import type { Answered } from '../../protocol/answers.ts'
import { endConnection, waitWhile } from './host-lock.ts'

/** What the host has on record of an operation. */
export type OperationReport =
  /** It was never begun, and now it never will be. */
  | { readonly kind: 'absent' }
  /** `status` is undefined where it was cut; `log` is what it printed. */
  | { readonly kind: 'begun'; readonly status: number | undefined; readonly log: string }

/**
 * Answers how `operation` ended, and prints its log; the shell that is at it is waited for. Where there is no record it
 * makes one, so that a message that is still on its way is refused when it comes: what is to be done then goes by another
 * name.
 */
export function reportOperation(operation: string): string {
  const record = `"$D/${operation}"`
  const status = `"$D/${operation}.status"`
  return [
    endConnection,
    `p= s=; set -C; if [ ! -d "$D" ] || { echo absent >${record}; } 2>/dev/null; then p=absent; fi; set +C`,
    // A record without a process is one that a full disk did not take: the message was refused. Or it is just being made.
    `i=0; while [ -z "$p" ] && [ $i -lt 10 ]; do read -r p <${record} || sleep 0.1; i=$((i+1)); done; p=\${p:-absent}`,
    'if [ "$p" = absent ]; then a absent; else z "$p"',
    waitWhile(`[ -d "/proc/$p" ] && [ ! -s ${status} ]`),
    `{ read -r s <${status}; } 2>/dev/null; a "begun $s"; cat -- "$D/log"; fi`,
  ].join('\n')
}

/** Reads what {@link reportOperation} answered; undefined where that is no answer. */
export function readReport({ answers, rest }: Answered): OperationReport | undefined {
  const [word, status = ''] = (answers.at(-1) ?? '').split(' ')
  if (word === 'absent') return { kind: 'absent' }
  if (word !== 'begun') return undefined
  return { kind: 'begun', status: status === '' ? undefined : Number(status), log: rest.toString() }
}
