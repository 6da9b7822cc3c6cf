/** Alerts of hosts: down, silent exporters, disks, memory, failed units, certificates. */

import type { RuleGroup } from './rule.ts'
import type { Scrape } from './scrapes.ts'
import type { PrometheusVariables } from './variables.ts'

const onHost = 'on {{ $labels.instance }}'
const filesystems = '{fstype!~"tmpfs|ramfs|devtmpfs|squashfs|iso9660|efivarfs"}'
const ownMetrics = '{file=~".*/foobar-deploy.prom"}'
// Three missed turns of an hour at most, whatever the role exporters was told.
const oldMetricsSeconds = 3 * 3600

/** The alert rules for every host that exports metrics. */
export function hostAlerts({ limits }: PrometheusVariables, scrapes: readonly Scrape[]): RuleGroup {
  const { downSeconds, diskFreePercent, diskFullWithinSeconds, memoryAvailablePercent, certificateDays } = limits
  const free = `100 * node_filesystem_avail_bytes${filesystems} / node_filesystem_size_bytes${filesystems}`
  const writable = `(node_filesystem_readonly${filesystems} == 0)`
  return {
    name: 'hosts',
    rules: [
      {
        alert: 'HostDown',
        expression: 'max by (instance) (up) == 0',
        forSeconds: downSeconds,
        severity: 'critical',
        summary: 'Nothing answers {{ $labels.instance }} is asked for',
      },
      {
        alert: 'ExporterDown',
        expression: 'up == 0 unless on (instance) (max by (instance) (up) == 0)',
        forSeconds: downSeconds,
        severity: 'warning',
        summary: `{{ $labels.job }} cannot be asked ${onHost}`,
      },
      {
        alert: 'TargetsMissing',
        expression: scrapes.map(missing).join(' or '),
        forSeconds: 300,
        severity: 'warning',
        summary: 'Not all targets of {{ $labels.job }} are watched',
      },
      {
        alert: 'DiskFilling',
        expression: `${free} < ${diskFreePercent} and ${writable}`,
        forSeconds: 120,
        severity: 'critical',
        summary: `{{ $value | printf "%.0f" }} % of {{ $labels.mountpoint }} are free ${onHost}`,
      },
      {
        alert: 'DiskFullSoon',
        expression: `predict_linear(node_filesystem_avail_bytes${filesystems}[6h], ${diskFullWithinSeconds}) < 0 and ${free} < ${Math.min(100, 4 * diskFreePercent)} and ${writable}`,
        forSeconds: 3600,
        severity: 'warning',
        summary: `{{ $labels.mountpoint }} will be full within ${Math.round(diskFullWithinSeconds / 3600)} hours ${onHost}`,
      },
      {
        alert: 'InodesRunOut',
        expression: `100 * node_filesystem_files_free${filesystems} / (node_filesystem_files${filesystems} > 0) < ${diskFreePercent} and ${writable}`,
        forSeconds: 120,
        severity: 'critical',
        summary: `{{ $value | printf "%.0f" }} % of the inodes of {{ $labels.mountpoint }} are free ${onHost}`,
      },
      {
        alert: 'MemoryShort',
        expression: `100 * node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < ${memoryAvailablePercent}`,
        forSeconds: 600,
        severity: 'warning',
        summary: `{{ $value | printf "%.0f" }} % of memory are available ${onHost}`,
      },
      {
        alert: 'UnitFailed',
        expression: 'node_systemd_unit_state{state="failed"} == 1',
        forSeconds: 300,
        severity: 'warning',
        summary: `{{ $labels.name }} has failed ${onHost}`,
      },
      {
        alert: 'CertificateExpires',
        expression: `(certificate_expires_timestamp_seconds - time()) / 86400 < ${certificateDays}`,
        forSeconds: 0,
        severity: 'critical',
        summary: `{{ $labels.path }} ends in {{ $value | printf "%.0f" }} days ${onHost}`,
      },
      {
        alert: 'CertificateUnreadable',
        expression: 'certificate_readable == 0',
        forSeconds: 300,
        severity: 'warning',
        summary: `{{ $labels.path }} is no certificate ${onHost}`,
      },
      {
        alert: 'OwnMetricsStale',
        expression: `time() - node_textfile_mtime_seconds${ownMetrics} > ${oldMetricsSeconds} or node_textfile_scrape_error > 0`,
        forSeconds: 300,
        severity: 'warning',
        summary: `Certificates and replicas are not looked at any more ${onHost}: foobar-metrics.timer`,
      },
    ],
  }
}

function missing({ name, targets }: Scrape): string {
  return `count by (job) (up{job="${name}"}) < ${targets.length} or absent(up{job="${name}"})`
}
