/** Alerts: when, for how long, how bad, and what to tell. */

import { z } from 'foobar-deploy'

const line = z.string().regex(/^[^\n]+$/, 'must be one line')

/** The alerts that the role can make. */
export const alertNames = [
  'AlertsReachNobody',
  'BackendDown',
  'BackendServerDown',
  'BackendServerDrained',
  'CertificateExpires',
  'CertificateUnreadable',
  'DatabaseConnectionsRunOut',
  'DatabaseDown',
  'DiskFilling',
  'DiskFullSoon',
  'ExporterDown',
  'HostDown',
  'InodesRunOut',
  'KeepalivedDown',
  'MemoryShort',
  'NginxDown',
  'NoWritableDatabase',
  'OwnMetricsStale',
  'PrometheusKeepsOldConfiguration',
  'PrometheusRulesFail',
  'ReplicaHasErrantTransactions',
  'ReplicaMissing',
  'ReplicationLags',
  'ReplicationStopped',
  'ServerErrors',
  'TargetsMissing',
  'TwoWritableDatabases',
  'UnitFailed',
  'VirtualAddressHeldByNobody',
  'VirtualAddressHeldByTwo',
] as const

/** The description of an alert. */
export const rule = z
  .strictObject({
    /** Its name: `QueueIsFull`. */
    alert: z.string().regex(/^[A-Za-z]\w*$/, 'must be a name such as QueueIsFull'),
    /** PromQL: each series of the result is an alert. */
    expression: line,
    /** How long the condition must hold. */
    forSeconds: z.int().min(0).default(0),
    /** The severity. */
    severity: z.enum(['warning', 'critical']).default('warning'),
    /** The text of the alert; `{{ $labels.instance }}` is the host. */
    summary: line,
  })
  .meta({ title: 'rule' })

/** An alert. */
export type Rule = z.output<typeof rule>

/** A name for the result of an expression. */
export interface Recording {
  readonly record: string
  readonly expression: string
}

/** Rules that are looked at together. */
export interface RuleGroup {
  readonly name: string
  readonly rules: readonly (Rule | Recording)[]
}
