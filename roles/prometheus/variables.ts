/** Variables of the prometheus role, with their defaults. */

import { network, z } from 'foobar-deploy'
import { alertNames, rule } from './rule.ts'

const port = z.int().min(1).max(65_535)
const groupName = z.string().min(1)
const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be the name of a label')
const endpoint = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[\w.-]+):\d+$/, 'must be an address with a port')
const argument = z.string().regex(/^--[^\s"'\\$]+$/, 'must be one argument such as --web.enable-lifecycle')
const labels = z.record(labelName, z.string())

const ports = z
  .strictObject({
    /** Of the node exporter. */
    node: port.default(9100),
    /** Of the database server’s exporter. */
    mysqld: port.default(9104),
    /** Of Nginx’s exporter. */
    nginx: port.default(9113),
    /** Where HAProxy answers itself. */
    haproxy: port.default(8404),
  })
  .meta({ title: 'ports' })

const target = z
  .strictObject({
    /** What its metrics go by: the label `job`. */
    name: z.string().regex(/^[\w-]+$/, 'must be one word'),
    /** Addresses with ports. */
    targets: z.array(endpoint).min(1),
    /** Where the metrics are. */
    path: z
      .string()
      .regex(/^\/[^\s'"]*$/, 'must be an absolute path')
      .default('/metrics'),
    /** How they are fetched. */
    scheme: z.enum(['http', 'https']).default('http'),
    /** Labels that all of them get. */
    labels: labels.default({}),
  })
  .meta({ title: 'target' })

const limits = z
  .strictObject({
    /** For how long a host or an exporter may be silent. */
    downSeconds: z.int().min(0).default(60),
    /** Of a filesystem, at least this much is to be free. */
    diskFreePercent: z.number().min(0).max(100).default(10),
    /** A disk that will be full within this time is told of ahead. */
    diskFullWithinHours: z.int().min(1).default(24),
    /** Of memory, at least this much is to be available. */
    memoryAvailablePercent: z.number().min(0).max(100).default(5),
    /** How far behind a replica may be. */
    replicaLagSeconds: z.int().min(0).default(30),
    /** For how long there may be no writable database, or a stopped replica: a restart takes some seconds. */
    databaseSeconds: z.int().min(0).default(30),
    /** For how long the virtual address may be nobody’s, or two hosts’. */
    virtualAddressSeconds: z.int().min(0).default(15),
    /** How many percent of the answers may be errors of the server. */
    serverErrorPercent: z.number().min(0).max(100).default(5),
    /** For how long a server may be drained or in maintenance. */
    drainedMinutes: z.int().min(1).default(30),
    /** So many days before its end a certificate should have been issued again. */
    certificateDays: z.int().min(1).default(14),
  })
  .meta({ title: 'limits' })

/** What the prometheus role can be told. */
export const prometheusVariables = z
  .strictObject({
    /** The hosts that have Prometheus; they watch each other. */
    monitoringGroup: groupName.default('monitoring'),
    /** The database hosts. */
    databaseGroup: groupName.default('database'),
    /** The hosts with Nginx. */
    webGroup: groupName.default('web'),
    /** The hosts with HAProxy. */
    balancerGroup: groupName.default('balancer'),
    /** Addresses of which exactly one host is to have each: those of keepalived. */
    virtualAddresses: z
      .array(z.union([z.ipv4(), z.ipv6()], { error: 'must be an address, without a network' }))
      .default([]),
    /** Where Prometheus listens, on the host’s own address. */
    port: port.default(9090),
    /** Who may ask it, beside the hosts of `monitoringGroup`. */
    from: z.array(network).default([]),
    /** The ports of what is watched. */
    ports: ports.prefault({}),
    /** How often metrics are fetched. */
    scrapeIntervalSeconds: z.int().min(1).max(3600).default(15),
    /** How often rules are looked at. */
    evaluationIntervalSeconds: z.int().min(1).max(3600).default(15),
    /** For how long metrics are kept. */
    retentionDays: z.int().min(1).default(30),
    /** How much they may take, as `10GB`; by default as much as it takes. */
    retentionSize: z
      .string()
      .regex(/^\d+(MB|GB|TB)$/, 'must be a size such as 10GB')
      .optional(),
    /** Labels for those to whom metrics and alerts are passed on. */
    externalLabels: labels.default({}),
    /** Who is told of alerts. */
    alertmanagers: z.array(endpoint).default([]),
    /** More to be watched. */
    targets: z.array(target).default([]),
    /** From when on something is worth an alert. */
    limits: limits.prefault({}),
    /** More alerts. */
    rules: z.array(rule).default([]),
    /** Alerts of the role that are left out, by name. */
    withoutAlerts: z.array(z.enum(alertNames)).default([]),
    /** Backends of HAProxy where a server that is down is as it should be, as a regular expression. */
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
