/** How a database server is doing, for `foobar-deploy status`. */

import { type ProbeAnswer, type StatusProbe, sh, statusProbe } from 'foobar-deploy'
import { transactionsBeyond } from 'foobar-deploy/mysql'
import { stateStatements, valuesIn } from './server-state.ts'

type Row = ReturnType<StatusProbe['parse']>[number]
type Cell = Row[string]

// The same again, for a second look.
const later = stateStatements.replace(' AS executed', ' AS executed_later').split('SHOW GLOBAL')[0] ?? ''

/**
 * The probe of a host that was declared the primary, or a replica. A replica’s source is asked by its health daemon, after the
 * replica itself: what the replica has beyond that is its own. Then the replica gets three seconds to execute what the source
 * has, and is asked again: what it has not even received by then may never come.
 */
export function databaseProbe(declared: 'primary' | 'replica', healthPort: number): StatusProbe {
  return statusProbe({
    section: 'Databases',
    script: sh`client=mysql; command -v mariadb >/dev/null && client=mariadb
answer=$(timeout 10 "$client" --no-defaults --connect-timeout=5 -E -e ${stateStatements} 2>&1)
printf '%s\\n' "$answer"
source=$(printf '%s\\n' "$answer" | sed -n 's/^ *\\(Source\\|Master\\)_Host: //p' | head -n 1)
case $source in *:*) source="[$source]" ;; esac
if [ -n "$source" ]; then
  said=$(curl -s -m 3 "http://$source:${healthPort}/status")
  printf 'source_says: %s\\n' "$said"
  wanted=$(printf %s "$said" | sed -n 's/.*"gtidExecuted":"\\([0-9A-Za-z:,_-]*\\)".*/\\1/p')
  if [ -n "$wanted" ]; then
    ask() { timeout 10 "$client" --no-defaults --connect-timeout=5 "$@" 2>&1; }
    ask -e "SELECT /*!80000 WAIT_FOR_EXECUTED_GTID_SET('$wanted', 3) *//*M! MASTER_GTID_WAIT('$wanted', 3) */" >/dev/null || sleep 1
    ask -E -e ${later}"SELECT /*!80000 GTID_SUBTRACT('$wanted', @@global.gtid_executed) *//*M! '$wanted' */ AS missing_later" |
      sed 's/Retrieved_Gtid_Set:/received_later:/; s/Gtid_IO_Pos:/received_later:/'
  fi
fi`,
    parse: (answer) => [rowOf(answer, declared)],
  })
}

function rowOf({ stdout }: ProbeAnswer, declared: 'primary' | 'replica'): Row {
  const values = valuesIn(stdout)
  const version = values.get('version')
  if (version === undefined) {
    const said = stdout.trim().split('\n').at(-1) || 'it says nothing'
    return { role: { text: `unknown (should be ${declared})`, level: 'bad' }, error: { text: said, level: 'bad' } }
  }
  const value = (...names: readonly string[]) => names.map((name) => values.get(name)).find((one) => one !== undefined)
  const source = value('Source_Host', 'Master_Host')
  const isWritable = ['0', 'OFF'].includes(values.get('is_closed') ?? '')
  const role = source ? 'replica' : isWritable ? 'primary' : 'none'
  const error = value('Last_SQL_Error') || value('Last_IO_Error') || ''
  return {
    server: version.replace(/-Debian.*| from .*|-0\+deb.*|-0ubuntu.*/i, ''),
    role: {
      text: role === declared ? role : `${role} (should be ${declared})`,
      level: role === declared ? 'good' : 'bad',
    },
    writable: { text: isWritable ? 'yes' : 'no', level: isWritable === (declared === 'primary') ? 'good' : 'bad' },
    source: source ?? '-',
    threads: source ? threadsOf(value) : '-',
    lag: source ? lagOf(value('Seconds_Behind_Source', 'Seconds_Behind_Master')) : '-',
    executed: transactionsBeyond(values.get('executed') ?? ''),
    'GTID gap': source ? gapOf(values) : '-',
    'semi-sync': semiSyncOf(values, role),
    error: error === '' ? '-' : { text: error, level: 'bad' },
  }
}

function threadsOf(value: (...names: readonly string[]) => string | undefined): Cell {
  const io = value('Replica_IO_Running', 'Slave_IO_Running') ?? '?'
  const sql = value('Replica_SQL_Running', 'Slave_SQL_Running') ?? '?'
  return { text: `IO ${io}, SQL ${sql}`, level: io === 'Yes' && sql === 'Yes' ? 'good' : 'bad' }
}

function lagOf(seconds: string | undefined): Cell {
  if (seconds === undefined || seconds === 'NULL') return { text: 'unknown', level: 'bad' }
  return { text: `${seconds} s`, level: Number(seconds) > 10 ? 'warning' : 'good' }
}

function gapOf(values: ReadonlyMap<string, string>): Cell {
  const value = (name: string) => values.get(name) ?? ''
  const [, atSource] = /"gtidExecuted":"([^"]*)"/.exec(value('source_says')) ?? []
  if (atSource === undefined) return { text: 'unknown: the source does not answer', level: 'warning' }
  const errant = transactionsBeyond(value('executed'), atSource)
  if (errant > 0) return { text: `${errant} of its own`, level: 'bad' }
  const executed = values.get('executed_later') ?? value('executed')
  const missing = transactionsBeyond(atSource, executed)
  if (missing === 0) return { text: 'none', level: 'good' }
  const unreceived = transactionsBeyond(
    values.get('missing_later') ?? atSource,
    `${executed},${value('received_later')}`,
  )
  return unreceived > 0
    ? { text: `${missing} missing, ${unreceived} not received`, level: 'bad' }
    : { text: `${missing} to execute`, level: 'warning' }
}

function semiSyncOf(values: ReadonlyMap<string, string>, role: string): Cell {
  const names = role === 'replica' ? ['replica', 'slave'] : ['source', 'master']
  const state = names.map((name) => values.get(`Rpl_semi_sync_${name}_status`)).find((one) => one !== undefined)
  return state === undefined ? '-' : state.toLowerCase()
}
