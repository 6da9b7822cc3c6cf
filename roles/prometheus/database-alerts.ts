/** Alerts of databases: replication stopped, lagging or gone astray, none or two writable; for MySQL and MariaDB. */

import type { RuleGroup } from './rule.ts'
import type { PrometheusVariables } from './variables.ts'

const onHost = 'on {{ $labels.instance }}'
const writable = 'count(mysql_global_variables_read_only == 0)'

/** The alert rules for `count` database hosts. */
export function databaseAlerts({ limits }: PrometheusVariables, count: number): RuleGroup[] {
  if (count === 0) return []
  const { databaseSeconds, replicaLagSeconds } = limits
  const replicas: RuleGroup['rules'] = [
    {
      alert: 'ReplicationStopped',
      expression: 'mysql:replica_io_running == 0 or mysql:replica_sql_running == 0',
      forSeconds: databaseSeconds,
      severity: 'critical',
      summary: `Replication has stopped ${onHost}`,
    },
    {
      alert: 'ReplicaMissing',
      expression: `sum(mysql_up) - (count(mysql:replica_io_running) or vector(0)) > 1`,
      forSeconds: databaseSeconds,
      severity: 'critical',
      summary: '{{ $value }} database servers replicate from nobody',
    },
    {
      alert: 'ReplicationLags',
      expression: `mysql:replica_lag_seconds > ${replicaLagSeconds}`,
      forSeconds: 60,
      severity: 'warning',
      summary: `The replica is {{ $value }} s behind ${onHost}`,
    },
    {
      alert: 'ReplicaHasErrantTransactions',
      expression: 'mysql_replica_has_errant_transactions == 1',
      forSeconds: 0,
      severity: 'critical',
      summary: `The replica has transactions that {{ $labels.source }} has not ${onHost}`,
    },
  ]
  return [
    {
      name: 'database-names',
      rules: [
        // MariaDB keeps the old names, and so do MySQL's that came before 8.0.22.
        ...['io', 'sql'].map((thread) => ({
          record: `mysql:replica_${thread}_running`,
          expression: `mysql_slave_status_replica_${thread}_running or mysql_slave_status_slave_${thread}_running`,
        })),
        {
          record: 'mysql:replica_lag_seconds',
          expression: 'mysql_slave_status_seconds_behind_source or mysql_slave_status_seconds_behind_master',
        },
      ],
    },
    {
      name: 'databases',
      rules: [
        {
          alert: 'DatabaseDown',
          expression: 'mysql_up == 0',
          forSeconds: databaseSeconds,
          severity: 'critical',
          summary: `The database server does not answer ${onHost}`,
        },
        {
          alert: 'NoWritableDatabase',
          expression: `absent(mysql_global_variables_read_only == 0)`,
          forSeconds: databaseSeconds,
          severity: 'critical',
          summary: 'No database server can be written to',
        },
        {
          alert: 'TwoWritableDatabases',
          expression: `${writable} > 1`,
          forSeconds: 0,
          severity: 'critical',
          summary: '{{ $value }} database servers can be written to',
        },
        {
          alert: 'DatabaseConnectionsRunOut',
          expression: '100 * mysql_global_status_threads_connected / mysql_global_variables_max_connections > 80',
          forSeconds: 300,
          severity: 'warning',
          summary: `{{ $value | printf "%.0f" }} % of the connections are taken ${onHost}`,
        },
        ...(count > 1 ? replicas : []),
      ],
    },
  ]
}
