/** Variables of the mysql role: the server, clients, replication, databases and users. */

import { networkSchema, secretSchema, z } from 'foobar-deploy'
import { databaseVariables, loginProblem, userVariables } from './account-variables.ts'
import { size } from './sizes.ts'
import { tlsVariables } from './tls.ts'

const port = z.int().min(1).max(65_535)
const groupName = z.string().min(1)

/** A user of the host and of the server, by the same name. */
const systemUser = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a user')

const settingValue = z.union([z.boolean(), z.number(), z.string().regex(/^[^\r\n]*$/, 'must be one line')])

/** Settings by their name, as the server knows them. */
const settings = z.record(z.string(), settingValue).superRefine((given, context) => {
  for (const name of Object.keys(given)) {
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: [name], message })
    if (!/^[a-z][a-z0-9_]*$/.test(name)) refuse('must be the name of a setting with _, not -')
    if (/^(super_)?read_only$/.test(name)) refuse('is decided by mysql-writable.service')
  }
})

const semiSync = z
  .strictObject({
    /** How long a commit waits for a replica before replication continues without waiting. */
    timeoutSeconds: z.number().min(0.001).default(1),
    /** How many replicas must have received it; MariaDB waits for one. */
    waitForReplicas: z.int().positive().default(1),
  })
  .meta({ title: 'semiSync' })

const replication = z
  .strictObject({
    /** The user that replicas log in as. */
    user: z.string().min(1).default('replication'),
    /** The addresses it can connect from; by default those of the database hosts. */
    hosts: z.array(z.string().min(1)).min(1).optional(),
    /** Its password, of up to 32 characters. */
    password: secretSchema(),
    /** The maximum lag of a replica before a run fails. */
    lagLimitSeconds: z.int().min(0).default(60),
  })
  .meta({ title: 'replication' })

const health = z
  .strictObject({
    /** The port of the daemon, on the host’s own address. */
    port: port.default(9200),
    /** The maximum lag of a replica that serves reads. */
    maxLagSeconds: z.int().min(0).default(10),
    /** How long a replica without its source serves reads. */
    sourceLostSeconds: z.int().min(0).default(300),
    /** Time limit for the server’s answer. */
    timeoutSeconds: z.int().positive().default(1),
  })
  .meta({ title: 'health' })

/** The variables of the mysql role. */
export const mysqlVariables = z
  .strictObject({
    /** The primary. The other hosts of the group replicate from it. */
    primary: z.string().min(1),
    /** The group of the database hosts: the peers. */
    group: groupName.default('database'),
    /** MySQL or MariaDB; by default the one of the host’s release. */
    flavor: z.enum(['mysql', 'mariadb']).optional(),
    /** Its version, for example `8.4`; by default that of the host’s release. */
    version: z
      .string()
      .regex(/^\d+\.\d+$/, 'must be a version such as 8.4')
      .optional(),
    /** The packages to install; by default `mysql-server` or `mariadb-server`. */
    packages: z.array(z.string().min(1)).min(1).optional(),
    /** The databases. */
    databases: z.array(databaseVariables).default([]),
    /** The users. */
    users: z.array(userVariables).default([]),
    /** The replication user; required if the group has several hosts. */
    replication: replication.optional(),
    /** A user of the host that can read the server’s metrics through the socket; false for none. */
    exporterUser: z.union([systemUser, z.literal(false)]).default('prometheus'),
    /** Groups whose hosts can connect, besides the peers. */
    clients: z.array(groupName).default(['web', 'balancer']),
    /** More addresses and networks that can connect. */
    clientsFrom: z.array(networkSchema()).default([]),
    /** Groups whose hosts can ask the health daemon, besides the peers. */
    balancers: z.array(groupName).default(['balancer']),
    /** The addresses the server listens on; by default 127.0.0.1 and the host’s own address. */
    bindAddresses: z
      .array(z.string().regex(/^[\w.:*%-]+$/, 'must be an address'))
      .min(1)
      .optional(),
    /** TCP port of the server. */
    port: port.default(3306),
    /** Whether MySQL’s X protocol is enabled. */
    xProtocol: z.boolean().default(false),
    /** Server ids by host; by default the host chooses one at setup. */
    serverIds: z
      .record(
        z.string(),
        z
          .int()
          .min(1)
          .max(2 ** 32 - 1),
      )
      .default({}),
    /** Maximum number of connections. */
    maxConnections: z.int().positive().default(200),
    /** The largest statement or row. */
    maxAllowedPacket: size.default('64M'),
    /** Whether clients can load local files (`LOAD DATA LOCAL`). */
    localInfile: z.boolean().default(false),
    /** Whether every network connection must be encrypted; true by default, except on MariaDB 10.11 without `tls`. */
    requireSecureTransport: z.boolean().optional(),
    /** The server’s certificate, which replicas verify; required if the group has several hosts. */
    tls: tlsVariables.optional(),
    /** Whether a commit waits for a replica to receive it. */
    semiSync: z.union([z.literal(false), semiSync]).default(false),
    /** How many threads apply changes on a replica. */
    replicaWorkers: z.int().min(1).default(4),
    /** How long binary logs are kept; a replica can be away for that long. */
    binlogExpireSeconds: z.int().min(3600).default(604_800),
    /** The share of the host’s memory for the buffer pool; use 0.7 if the host has no other work. */
    bufferPoolShare: z.number().min(0.01).max(0.9).default(0.25),
    /** The size of the buffer pool, instead of a share. */
    bufferPoolSize: size.optional(),
    /** The size of the redo log; a larger one helps many writes but makes recovery longer. */
    redoLogSize: size.default('256M'),
    /** Whether `performance_schema` is on; by default yes on MySQL and no on MariaDB. */
    performanceSchema: z.boolean().optional(),
    /** Statements that take longer are logged; 0 for none. */
    slowQuerySeconds: z.number().min(0).default(1),
    /** The file they are logged to. */
    slowQueryLog: z
      .string()
      .regex(/^\/\S+$/, 'must be an absolute path')
      .default('/var/log/mysql/slow.log'),
    /** More settings, as in the server’s manual; they override those above. */
    settings: settings.default({}),
    /** After how many seconds a booted primary becomes writable although a peer is silent; 0 for never, the safe choice. */
    writeWithoutPeersAfterSeconds: z.int().min(0).default(0),
    /** By host, a command of your machine that turns it off for certain: IPMI, a hypervisor, a provider's API. */
    fence: z.record(z.string(), z.string().min(1)).default({}),
    /** How long a run waits for a server that starts, and for replicas to catch up. */
    waitSeconds: z.int().positive().default(120),
    /** Whether systemd confines the server to what it needs, from its next start. */
    hardened: z.boolean().default(true),
    /** The daemon that balancers ask which server is writable. */
    health: health.prefault({}),
  })
  .superRefine((given, context) => {
    const looksUpNames = given.settings.skip_name_resolve === false || given.settings.skip_name_resolve === 'OFF'
    const own = ['mysql-health', given.exporterUser, given.replication?.user]
    given.users.forEach((user, index) => {
      const refuse = (key: string, message: string) =>
        context.addIssue({ code: 'custom', message, path: ['users', index, key] })
      if (own.includes(user.name)) refuse('name', 'is a user that this role creates itself; choose another name')
      const problem = looksUpNames ? undefined : loginProblem(user)
      if (problem) refuse('host', problem)
    })
  })
  .meta({ title: 'mysql' })

/** Checked variables of the mysql role. */
export type MysqlVariables = z.output<typeof mysqlVariables>
