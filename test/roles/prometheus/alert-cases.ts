/** What each alert of the prometheus role makes of metrics: when it fires, with which words, and when it does not. */

import type { alertNames } from '../../../roles/prometheus/rule.ts'

/** A history of metrics, a value every 15 seconds, and what an alert makes of it. */
export interface AlertCase {
  readonly alert: (typeof alertNames)[number]
  /** By series, in the notation of `promtool test rules`. */
  readonly series: Readonly<Record<string, string>>
  /** When it is looked; after half an hour or more, there is a value every 5 minutes. */
  readonly after: string
  /** The labels of the alerts that fire, beside name and severity, and their words; none where all is well. */
  readonly fires: readonly { readonly labels: Readonly<Record<string, string>>; readonly says: string }[]
}

const always = (value: number | string) => `${value}x60`
const quiet: AlertCase['fires'] = []
const fires = (says: string, labels: Record<string, string> = {}): AlertCase['fires'] => [{ labels, says }]
const up = (job: string, instance: string) => `up{job="${job}",instance="${instance}"}`
const io = (instance: string) => `mysql_slave_status_replica_io_running{instance="${instance}"}`
const writable = (instance: string) => `mysql_global_variables_read_only{instance="${instance}"}`
const free = (kind: string, fstype = 'ext4') =>
  `node_filesystem_${kind}{instance="web1",mountpoint="/",fstype="${fstype}"}`
const disk = (avail: string, readonly = 0, fstype = 'ext4') => ({
  [free('avail_bytes', fstype)]: avail,
  [free('size_bytes', fstype)]: always(1000),
  [free('readonly', fstype)]: always(readonly),
})
const onRoot = { instance: 'web1', mountpoint: '/', fstype: 'ext4' }
const holds = (instance: string) =>
  `node_network_address_info{address="198.51.100.10",device="host0",instance="${instance}"}`
const server = (state: string, proxy = 'web') =>
  `haproxy_server_status{instance="web1",proxy="${proxy}",server="web2",state="${state}"}`
const ofServer = { instance: 'web1', proxy: 'web', server: 'web2' }
const certificate = 'certificate_expires_timestamp_seconds{instance="web1",path="/etc/a.pem"}'
const errors = (code: string) => `haproxy_backend_http_responses_total{instance="web1",proxy="web",code="${code}"}`
const mtime = 'node_textfile_mtime_seconds{instance="web1",file="/var/lib/prometheus/node-exporter/foobar-deploy.prom"}'
const watched = (job: string) => ({ [up(job, 'web1')]: always(1), [up(job, 'web2')]: always(1) })

/** Every alert fires in at least one, and is quiet in at least one. */
export const alertCases: readonly AlertCase[] = [
  {
    alert: 'HostDown',
    series: { [up('node', 'web2')]: '1 0x40', [up('nginx', 'web2')]: '1 0x40', [up('node', 'web1')]: always(1) },
    after: '2m',
    fires: fires('Nothing answers web2 is asked for', { instance: 'web2' }),
  },
  {
    alert: 'HostDown',
    series: { [up('node', 'web2')]: '1 0x40', [up('nginx', 'web2')]: always(1) },
    after: '5m',
    fires: quiet,
  },
  {
    alert: 'ExporterDown',
    series: { [up('node', 'web2')]: '1 0x40', [up('nginx', 'web2')]: always(1) },
    after: '2m',
    fires: fires('node cannot be asked on web2', { job: 'node', instance: 'web2' }),
  },
  { alert: 'ExporterDown', series: { [up('node', 'web2')]: '1 0x40' }, after: '5m', fires: quiet },
  { alert: 'ExporterDown', series: { [up('node', 'web2')]: '1 0 0 1x40' }, after: '90s', fires: quiet },
  {
    alert: 'TargetsMissing',
    series: {
      [up('node', 'web1')]: always(1),
      ...watched('mysqld'),
      ...watched('haproxy'),
      ...watched('prometheus'),
    },
    after: '10m',
    fires: [
      { labels: { job: 'node' }, says: 'Not all targets of node are watched' },
      { labels: { job: 'nginx' }, says: 'Not all targets of nginx are watched' },
    ],
  },
  {
    alert: 'TargetsMissing',
    series: {
      ...watched('node'),
      ...watched('nginx'),
      ...watched('mysqld'),
      ...watched('haproxy'),
      ...watched('prometheus'),
    },
    after: '10m',
    fires: quiet,
  },
  { alert: 'DiskFilling', series: disk('500 50x40'), after: '4m', fires: fires('5 % of / are free on web1', onRoot) },
  { alert: 'DiskFilling', series: disk(always(500)), after: '4m', fires: quiet },
  { alert: 'DiskFilling', series: disk(always(0), 1), after: '4m', fires: quiet },
  { alert: 'DiskFilling', series: disk(always(0), 0, 'tmpfs'), after: '4m', fires: quiet },
  {
    alert: 'DiskFullSoon',
    series: disk('400-2x60'),
    after: '3h',
    fires: fires('/ will be full within 24 hours on web1', onRoot),
  },
  { alert: 'DiskFullSoon', series: disk('1000-2x60'), after: '2h', fires: quiet },
  { alert: 'DiskFullSoon', series: disk('300-0.002x60'), after: '3h', fires: quiet },
  {
    alert: 'InodesRunOut',
    series: { ...disk(always(900)), [free('files')]: always(100), [free('files_free')]: always(3) },
    after: '4m',
    fires: fires('3 % of the inodes of / are free on web1', onRoot),
  },
  {
    // Filesystems that know no inodes say 0 of 0.
    alert: 'InodesRunOut',
    series: { ...disk(always(900)), [free('files')]: always(0), [free('files_free')]: always(0) },
    after: '4m',
    fires: quiet,
  },
  {
    alert: 'MemoryShort',
    series: {
      'node_memory_MemAvailable_bytes{instance="web1"}': always(2),
      'node_memory_MemTotal_bytes{instance="web1"}': always(100),
    },
    after: '15m',
    fires: fires('2 % of memory are available on web1', { instance: 'web1' }),
  },
  {
    alert: 'MemoryShort',
    series: {
      'node_memory_MemAvailable_bytes{instance="web1"}': always(20),
      'node_memory_MemTotal_bytes{instance="web1"}': always(100),
    },
    after: '15m',
    fires: quiet,
  },
  {
    alert: 'UnitFailed',
    series: { 'node_systemd_unit_state{instance="web1",name="a.service",state="failed"}': always(1) },
    after: '10m',
    fires: fires('a.service has failed on web1', { instance: 'web1', name: 'a.service', state: 'failed' }),
  },
  {
    alert: 'UnitFailed',
    series: { 'node_systemd_unit_state{instance="web1",name="a.service",state="failed"}': always(0) },
    after: '10m',
    fires: quiet,
  },
  {
    alert: 'CertificateExpires',
    series: { [certificate]: always(5 * 86_400) },
    after: '1m',
    fires: fires('/etc/a.pem ends in 5 days on web1', { instance: 'web1', path: '/etc/a.pem' }),
  },
  { alert: 'CertificateExpires', series: { [certificate]: always(20 * 86_400) }, after: '1m', fires: quiet },
  {
    alert: 'CertificateUnreadable',
    series: { 'certificate_readable{instance="web1",path="/etc/a.pem"}': always(0) },
    after: '6m',
    fires: fires('/etc/a.pem is no certificate on web1', { instance: 'web1', path: '/etc/a.pem' }),
  },
  {
    alert: 'CertificateUnreadable',
    series: { 'certificate_readable{instance="web1",path="/etc/a.pem"}': always(1) },
    after: '6m',
    fires: quiet,
  },
  {
    alert: 'OwnMetricsStale',
    series: { [mtime]: always(0) },
    after: '4h',
    fires: fires('Certificates and replicas are not looked at any more on web1: foobar-metrics.timer', {
      instance: 'web1',
      file: '/var/lib/prometheus/node-exporter/foobar-deploy.prom',
    }),
  },
  { alert: 'OwnMetricsStale', series: { [mtime]: '0+300x60' }, after: '4h', fires: quiet },
  {
    alert: 'DatabaseDown',
    series: { 'mysql_up{instance="web1"}': '1 0x40', 'mysql_up{instance="web2"}': always(1) },
    after: '2m',
    fires: fires('The database server does not answer on web1', { instance: 'web1' }),
  },
  { alert: 'DatabaseDown', series: { 'mysql_up{instance="web1"}': '1 0 0 1x40' }, after: '1m', fires: quiet },
  {
    alert: 'NoWritableDatabase',
    series: { [writable('web1')]: '0 1x40', [writable('web2')]: always(1) },
    after: '2m',
    fires: fires('No database server can be written to'),
  },
  {
    alert: 'NoWritableDatabase',
    series: {},
    after: '2m',
    fires: fires('No database server can be written to'),
  },
  {
    alert: 'NoWritableDatabase',
    series: { [writable('web1')]: always(1), [writable('web2')]: '1 1 0x40' },
    after: '2m',
    fires: quiet,
  },
  {
    alert: 'TwoWritableDatabases',
    series: { [writable('web1')]: always(0), [writable('web2')]: '1 1 0x40' },
    after: '1m',
    fires: fires('2 database servers can be written to'),
  },
  {
    alert: 'TwoWritableDatabases',
    series: { [writable('web1')]: always(0), [writable('web2')]: always(1) },
    after: '1m',
    fires: quiet,
  },
  {
    alert: 'DatabaseConnectionsRunOut',
    series: {
      'mysql_global_status_threads_connected{instance="web1"}': always(90),
      'mysql_global_variables_max_connections{instance="web1"}': always(100),
    },
    after: '10m',
    fires: fires('90 % of the connections are taken on web1', { instance: 'web1' }),
  },
  {
    alert: 'DatabaseConnectionsRunOut',
    series: {
      'mysql_global_status_threads_connected{instance="web1"}': always(9),
      'mysql_global_variables_max_connections{instance="web1"}': always(100),
    },
    after: '10m',
    fires: quiet,
  },
  {
    alert: 'ReplicationStopped',
    series: { [io('web2')]: '1 1 0x40' },
    after: '2m',
    fires: fires('Replication has stopped on web2', { instance: 'web2' }),
  },
  {
    alert: 'ReplicationStopped',
    series: { 'mysql_slave_status_slave_sql_running{instance="web2"}': '1 1 0x40' },
    after: '2m',
    fires: fires('Replication has stopped on web2', { instance: 'web2' }),
  },
  {
    alert: 'ReplicationStopped',
    series: { [io('web2')]: '1 0 1x40', 'mysql_slave_status_slave_io_running{instance="db2"}': always(1) },
    after: '2m',
    fires: quiet,
  },
  {
    alert: 'ReplicaMissing',
    series: { 'mysql_up{instance="web1"}': always(1), 'mysql_up{instance="web2"}': always(1) },
    after: '2m',
    fires: fires('2 database servers replicate from nobody'),
  },
  {
    alert: 'ReplicaMissing',
    series: { 'mysql_up{instance="web1"}': always(1), 'mysql_up{instance="web2"}': always(1), [io('web2')]: always(1) },
    after: '2m',
    fires: quiet,
  },
  {
    alert: 'ReplicaMissing',
    series: { 'mysql_up{instance="web1"}': always(1), 'mysql_up{instance="web2"}': always(0) },
    after: '2m',
    fires: quiet,
  },
  {
    alert: 'ReplicationLags',
    series: { 'mysql_slave_status_seconds_behind_source{instance="web2"}': always(45) },
    after: '3m',
    fires: fires('The replica is 45 s behind on web2', { instance: 'web2' }),
  },
  {
    alert: 'ReplicationLags',
    series: { 'mysql_slave_status_seconds_behind_master{instance="web2"}': always(45) },
    after: '3m',
    fires: fires('The replica is 45 s behind on web2', { instance: 'web2' }),
  },
  {
    alert: 'ReplicationLags',
    series: { 'mysql_slave_status_seconds_behind_source{instance="web2"}': always(3) },
    after: '3m',
    fires: quiet,
  },
  {
    alert: 'ReplicaHasErrantTransactions',
    series: { 'mysql_replica_has_errant_transactions{instance="web2",source="web1"}': always(1) },
    after: '1m',
    fires: fires('The replica has transactions that web1 has not on web2', { instance: 'web2', source: 'web1' }),
  },
  {
    alert: 'ReplicaHasErrantTransactions',
    series: { 'mysql_replica_has_errant_transactions{instance="web2",source="web1"}': always(0) },
    after: '1m',
    fires: quiet,
  },
  {
    alert: 'NginxDown',
    series: { 'nginx_up{instance="web1"}': '1 0x40' },
    after: '2m',
    fires: fires('Nginx does not answer on web1', { instance: 'web1' }),
  },
  { alert: 'NginxDown', series: { 'nginx_up{instance="web1"}': always(1) }, after: '2m', fires: quiet },
  {
    alert: 'BackendDown',
    series: { 'haproxy_backend_status{instance="web1",proxy="web",state="DOWN"}': '0 1x40' },
    after: '1m',
    fires: fires('Backend web has no server that is up on web1', { instance: 'web1', proxy: 'web', state: 'DOWN' }),
  },
  {
    alert: 'BackendDown',
    series: {
      'haproxy_backend_status{instance="web1",proxy="web",state="DOWN"}': always(0),
      'haproxy_backend_status{instance="web1",proxy="web",state="UP"}': always(1),
    },
    after: '1m',
    fires: quiet,
  },
  {
    alert: 'BackendServerDown',
    series: { [server('DOWN')]: always(1), [server('DOWN', 'mysql-write')]: always(1) },
    after: '2m',
    fires: fires('Server web2 of web is down on web1', { ...ofServer, state: 'DOWN' }),
  },
  {
    alert: 'BackendServerDown',
    series: { [server('DOWN')]: always(0), [server('DRAIN')]: always(1) },
    after: '2m',
    fires: quiet,
  },
  {
    alert: 'BackendServerDrained',
    series: { [server('DRAIN')]: '0 1x20', [server('MAINT')]: always(0) },
    after: '40m',
    fires: fires('Server web2 of web was not put back on web1', ofServer),
  },
  { alert: 'BackendServerDrained', series: { [server('DRAIN')]: '0 1x2 0x20' }, after: '35m', fires: quiet },
  {
    alert: 'ServerErrors',
    series: { [errors('5xx')]: '0+30x60', [errors('2xx')]: '0+70x60' },
    after: '10m',
    fires: fires('30 % of the answers of web are errors on web1', { instance: 'web1', proxy: 'web' }),
  },
  {
    alert: 'ServerErrors',
    series: { [errors('5xx')]: '0+1x60', [errors('2xx')]: '0+99x60' },
    after: '10m',
    fires: quiet,
  },
  {
    alert: 'VirtualAddressHeldByNobody',
    series: { [holds('web1')]: '1 _x40' },
    after: '6m',
    fires: fires('No host has 198.51.100.10', { address: '198.51.100.10' }),
  },
  {
    alert: 'VirtualAddressHeldByNobody',
    series: { [holds('web1')]: '1 stale', [holds('web2')]: '_ _ 1x40' },
    after: '6m',
    fires: quiet,
  },
  {
    alert: 'VirtualAddressHeldByTwo',
    series: { [holds('web1')]: always(1), [holds('web2')]: '_ _ 1x40' },
    after: '1m',
    fires: fires('2 hosts have 198.51.100.10', { address: '198.51.100.10' }),
  },
  {
    alert: 'VirtualAddressHeldByTwo',
    series: { [holds('web1')]: always(1), [holds('web1').replace('host0', 'lo')]: always(1) },
    after: '1m',
    fires: quiet,
  },
  {
    alert: 'KeepalivedDown',
    series: { 'node_systemd_unit_state{instance="web2",name="keepalived.service",state="active"}': '1 0x40' },
    after: '2m',
    fires: fires('keepalived does not run on web2: the addresses would not move here', {
      instance: 'web2',
      name: 'keepalived.service',
      state: 'active',
    }),
  },
  {
    alert: 'KeepalivedDown',
    series: {
      'node_systemd_unit_state{instance="web2",name="keepalived.service",state="active"}': always(1),
      'node_systemd_unit_state{instance="web2",name="chrony.service",state="active"}': always(0),
    },
    after: '2m',
    fires: quiet,
  },
  {
    alert: 'PrometheusKeepsOldConfiguration',
    series: { 'prometheus_config_last_reload_successful{instance="web1"}': '1 0x40' },
    after: '2m',
    fires: fires('Prometheus did not take its new configuration on web1', { instance: 'web1' }),
  },
  {
    alert: 'PrometheusKeepsOldConfiguration',
    series: { 'prometheus_config_last_reload_successful{instance="web1"}': always(1) },
    after: '2m',
    fires: quiet,
  },
  {
    alert: 'PrometheusRulesFail',
    series: { 'prometheus_rule_evaluation_failures_total{instance="web1",rule_group="hosts"}': '0+1x60' },
    after: '10m',
    fires: fires('Rules of hosts cannot be evaluated on web1', { instance: 'web1', rule_group: 'hosts' }),
  },
  {
    alert: 'PrometheusRulesFail',
    series: { 'prometheus_rule_evaluation_failures_total{instance="web1",rule_group="hosts"}': always(3) },
    after: '10m',
    fires: quiet,
  },
  {
    alert: 'AlertsReachNobody',
    series: { 'prometheus_notifications_alertmanagers_discovered{instance="web1"}': always(0) },
    after: '10m',
    fires: fires('Alerts are not taken by an Alertmanager on web1', { instance: 'web1' }),
  },
  {
    alert: 'AlertsReachNobody',
    series: { 'prometheus_notifications_alertmanagers_discovered{instance="web1"}': always(1) },
    after: '10m',
    fires: quiet,
  },
]
