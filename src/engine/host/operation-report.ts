/** The report of an operation after the connection was lost: what the host has on record of it. */

import type { Answered } from '../../protocol/answers.ts'
import { endConnection, waitWhile } from './host-lock.ts'

/** What the host has on record of an operation. */
export type OperationReport =
  /** It was never begun, and now it never will be. */
  | { readonly kind: 'absent' }
  /** `status` is undefined where it was cut; `log` is what it printed. */
  | { readonly kind: 'begun'; readonly status: number | undefined; readonly log: string }
  /** It has not ended, and does not go on: its process was stopped. */
  | { readonly kind: 'stopped'; readonly processId: number }

// Whether the operation's shell lives, or else its chain, which goes on where only the shell was killed: $p is which.
const atWork = `w() { l "$p" "$s" "$b" && return; p=0; { read -r p s b _ <"$D/chain"; } 2>/dev/null; l "$p" "$s" "$b"; }`

/**
 * Answers how `operation` ended, and prints its log. It waits for a process that still works on it. If there is no record, it
 * makes one. A message that arrives later is then refused, and the operation is sent under another name. If no record can be
 * made, nothing is known.
 */
export function reportOperation(operation: string): string {
  const record = `"$D/${operation}"`
  const status = `"$D/${operation}.status"`
  return [
    endConnection,
    atWork,
    '[ -d "$D" ] || { C=1; mkdir -m 700 -- "$D"; }',
    `p= s= b=; set -C; if { echo absent >${record}; } 2>/dev/null; then p=absent; fi; set +C`,
    // A record without a process is one that a full disk did not take: the message was refused. Or it is just being made.
    `i=0; while [ -z "$p" ] && [ -d "$D" ] && [ $i -lt 10 ]; do read -r p s b <${record} || sleep 0.1; i=$((i+1)); done`,
    'if [ -d "$D" ] && case $p in ""|absent) ;; *) false;; esac; then a absent; else if w; then z "$p"; fi',
    waitWhile(`[ ! -s ${status} ] && w`),
    `if [ ! -s ${status} ] && w; then a "stopped $p"`,
    `else { read -r s <${status}; } 2>/dev/null || s=; a "begun $s"; cat -- "$D/log"; fi; fi`,
  ].join('\n')
}

/** Reads what {@link reportOperation} answered; undefined where that is no answer. */
export function readReport({ answers, rest }: Answered): OperationReport | undefined {
  const [word, status = ''] = (answers.at(-1) ?? '').split(' ')
  if (word === 'absent') return { kind: 'absent' }
  if (word === 'stopped') return { kind: 'stopped', processId: Number(status) }
  if (word !== 'begun') return undefined
  return { kind: 'begun', status: status === '' ? undefined : Number(status), log: rest.toString() }
}
