/** Variables of the prometheus role, with their defaults. */

import { networkSchema, z } from 'foobar-deploy'
import { alertNames, rule } from './rule.ts'

const port = z.int().min(1).max(65_535)
const groupName = z.string().min(1)
const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be the name of a label')
const endpoint = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[\w.-]+):\d+$/, 'must be an address with a port')
const argument = z.string().regex(/^--[^\s"'\\$]+$/, 'must be one argument such as --web.enable-lifecycle')
const labels = z.record(labelName, z.string())

const ports = z
  .strictObject({
    /** Port of the node exporter. */
    node: port.default(9100),
    /** Port of the database exporter. */
    mysqld: port.default(9104),
    /** Port of the Nginx exporter. */
    nginx: port.default(9113),
    /** Port of HAProxy’s own metrics. */
    haproxy: port.default(8404),
  })
  .meta({ title: 'ports' })

const target = z
  .strictObject({
    /** Its name: the label `job` of its metrics. */
    name: z.string().regex(/^[\w-]+$/, 'must be one word'),
    /** Addresses with ports. */
    targets: z.array(endpoint).min(1),
    /** The path of the metrics. */
    path: z
      .string()
      .regex(/^\/[^\s'"]*$/, 'must be an absolute path')
      .default('/metrics'),
    /** The protocol. */
    scheme: z.enum(['http', 'https']).default('http'),
    /** Labels for all of its metrics. */
    labels: labels.default({}),
  })
  .meta({ title: 'target' })

const limits = z
  .strictObject({
    /** How long a host or an exporter may be down. */
    downSeconds: z.int().min(0).default(60),
    /** The minimum free space of a filesystem. */
    diskFreePercent: z.number().min(0).max(100).default(10),
    /** An alert fires if a disk will be full within this time. */
    diskFullWithinSeconds: z.int().min(3600).default(86_400),
    /** The minimum available memory. */
    memoryAvailablePercent: z.number().min(0).max(100).default(5),
    /** The maximum lag of a replica. */
    replicaLagSeconds: z.int().min(0).default(30),
    /** How long there may be no writable database, or a stopped replica; a restart takes some seconds. */
    databaseSeconds: z.int().min(0).default(30),
    /** How long no host, or two hosts, may have the virtual address. */
    virtualAddressSeconds: z.int().min(0).default(15),
    /** The maximum percentage of server errors among the responses. */
    serverErrorPercent: z.number().min(0).max(100).default(5),
    /** How long a server may be drained or in maintenance. */
    drainedSeconds: z.int().min(0).default(1800),
    /** How many days before it expires a certificate must have been renewed. */
    certificateDays: z.int().min(1).default(14),
  })
  .meta({ title: 'limits' })

/** The variables of the prometheus role. */
export const prometheusVariables = z
  .strictObject({
    /** The Prometheus hosts; they watch each other. */
    monitoringGroup: groupName.default('monitoring'),
    /** The database hosts. */
    databaseGroup: groupName.default('database'),
    /** The hosts with Nginx. */
    webGroup: groupName.default('web'),
    /** The hosts with HAProxy. */
    balancerGroup: groupName.default('balancer'),
    /** Virtual addresses of keepalived; exactly one host must have each. */
    virtualAddresses: z
      .array(z.union([z.ipv4(), z.ipv6()], { error: 'must be an address, without a network' }))
      .default([]),
    /** The port of Prometheus, on the host’s own address. */
    port: port.default(9090),
    /** Who can reach it, besides the hosts of `monitoringGroup`. */
    from: z.array(networkSchema()).default([]),
    /** The ports of the targets. */
    ports: ports.prefault({}),
    /** How often metrics are fetched. */
    scrapeIntervalSeconds: z.int().min(1).max(3600).default(15),
    /** How often rules are evaluated. */
    evaluationIntervalSeconds: z.int().min(1).max(3600).default(15),
    /** How long metrics are kept. */
    retentionDays: z.int().min(1).default(30),
    /** The maximum disk space of the metrics, for example `10GB`; by default no limit. */
    retentionSize: z
      .string()
      .regex(/^\d+(MB|GB|TB)$/, 'must be a size such as 10GB')
      .optional(),
    /** Labels added to metrics and alerts that leave this Prometheus. */
    externalLabels: labels.default({}),
    /** The Alertmanagers that receive alerts. */
    alertmanagers: z.array(endpoint).default([]),
    /** More targets. */
    targets: z.array(target).default([]),
    /** Thresholds of the alerts. */
    limits: limits.prefault({}),
    /** More alerts. */
    rules: z.array(rule).default([]),
    /** Alerts of the role to remove, by name. */
    withoutAlerts: z.array(z.enum(alertNames)).default([]),
    /** HAProxy backends in which a server may be down without an alert, as a regular expression. */
    quietBackends: z
      .string()
      .regex(/^[\w.*|()-]*$/, 'must be a simple regular expression')
      .default('mysql-.*'),
    /** More arguments of Prometheus. */
    arguments: z.array(argument).default([]),
  })
  .meta({ title: 'prometheus' })

/** Checked variables of the prometheus role. */
export type PrometheusVariables = z.output<typeof prometheusVariables>
