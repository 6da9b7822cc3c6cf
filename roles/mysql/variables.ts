/** Variables of the mysql role: the server, who may come, replication, databases and users. */

import { network, secretValue, z } from 'foobar-deploy'
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
    /** How long a commit waits for a replica before replication goes on without waiting. */
    timeoutMs: z.int().positive().default(1000),
    /** How many replicas must have it; MariaDB waits for one. */
    waitForReplicas: z.int().positive().default(1),
  })
  .meta({ title: 'semiSync' })

const replication = z
  .strictObject({
    /** The user that replicas come as. */
    user: z.string().min(1).default('replication'),
    /** From where it may come; by default the addresses of the database hosts. */
    hosts: z.array(z.string().min(1)).min(1).optional(),
    /** Its password, of up to 32 signs. */
    password: secretValue(),
    /** How far behind a replica may be before a run fails. */
    lagLimitSeconds: z.int().min(0).default(60),
  })
  .meta({ title: 'replication' })

const health = z
  .strictObject({
    /** Where the daemon listens, on the host’s own address. */
    port: port.default(9200),
    /** How far behind a replica may be to be read from. */
    maxLagSeconds: z.int().min(0).default(10),
    /** For how long a replica that lost its source may still be read from. */
    sourceLostSeconds: z.int().min(0).default(300),
    /** How long the server may take to answer. */
    timeoutSeconds: z.int().positive().default(1),
  })
  .meta({ title: 'health' })

/** What the mysql role can be told. */
export const mysqlVariables = z
  .strictObject({
    /** The host that is written to. The others of the group replicate from it. */
    primary: z.string().min(1),
    /** The group of the database hosts: the peers. */
    group: groupName.default('database'),
    /** MySQL or MariaDB; by default what the host’s release comes with. */
    flavor: z.enum(['mysql', 'mariadb']).optional(),
    /** Its version, as `8.4`; by default that of the host’s release. */
    version: z
      .string()
      .regex(/^\d+\.\d+$/, 'must be a version such as 8.4')
      .optional(),
    /** What is installed; by default `mysql-server` or `mariadb-server`. */
    packages: z.array(z.string().min(1)).min(1).optional(),
    /** Databases that are to be there. */
    databases: z.array(databaseVariables).default([]),
    /** Users that are to be there. */
    users: z.array(userVariables).default([]),
    /** As whom replicas come; needed where the group has several hosts. */
    replication: replication.optional(),
    /** A user of the host that may read the server’s figures over the socket; false for none. */
    exporterUser: z.union([systemUser, z.literal(false)]).default('prometheus'),
    /** Groups whose hosts may connect, beside the peers. */
    clients: z.array(groupName).default(['web', 'balancer']),
    /** More addresses and networks that may connect. */
    clientsFrom: z.array(network).default([]),
    /** Groups whose hosts may ask the health daemon, beside the peers. */
    balancers: z.array(groupName).default(['balancer']),
    /** Where the server listens; by default 127.0.0.1 and the host’s own address. */
    bindAddresses: z
      .array(z.string().regex(/^[\w.:*%-]+$/, 'must be an address'))
      .min(1)
      .optional(),
    /** TCP port of the server. */
    port: port.default(3306),
    /** Whether MySQL’s X protocol is there too. */
    xProtocol: z.boolean().default(false),
    /** Server ids by host; by default one that is chosen on the host when the server is set up. */
    serverIds: z
      .record(
        z.string(),
        z
          .int()
          .min(1)
          .max(2 ** 32 - 1),
      )
      .default({}),
    /** Connections at a time. */
    maxConnections: z.int().positive().default(200),
    /** The largest statement or row. */
    maxAllowedPacket: size.default('64M'),
    /** Whether clients may have files of their own loaded. */
    localInfile: z.boolean().default(false),
    /** Whether every connection over the network must be encrypted; by default, unless it is MariaDB 10.11 without `tls`. */
    requireSecureTransport: z.boolean().optional(),
    /** The server’s certificate, which replicas check; needed where the group has several hosts. */
    tls: tlsVariables.optional(),
    /** Whether a commit waits until a replica has it. */
    semiSync: z.union([z.literal(false), semiSync]).default(false),
    /** How many threads apply changes on a replica. */
    replicaWorkers: z.int().min(1).default(4),
    /** For how long binary logs are kept: so long a replica may be away. */
    binlogExpireSeconds: z.int().min(3600).default(604_800),
    /** The part of the host’s memory that the buffer pool gets; 0.7 where the host does nothing else. */
    bufferPoolShare: z.number().min(0.01).max(0.9).default(0.25),
    /** The buffer pool’s size, in place of a share. */
    bufferPoolSize: size.optional(),
    /** The redo log’s size: more for many writes, at the price of a longer recovery. */
    redoLogSize: size.default('256M'),
    /** Whether the server keeps figures of its own working; by default as its flavor does: MySQL does, MariaDB does not. */
    performanceSchema: z.boolean().optional(),
    /** Statements that take longer are logged; 0 for none. */
    slowQuerySeconds: z.number().min(0).default(1),
    /** Where they are logged. */
    slowQueryLog: z
      .string()
      .regex(/^\/\S+$/, 'must be an absolute path')
      .default('/var/log/mysql/slow.log'),
    /** More settings, as the server writes them; they count over those above. */
    settings: settings.default({}),
    /** After how many seconds a booted primary becomes writable although a peer is silent; 0 for never, which is safe. */
    writeWithoutPeersAfterSeconds: z.int().min(0).default(0),
    /** How long a run waits for a server that starts, and for replicas to catch up. */
    waitSeconds: z.int().positive().default(120),
    /** Whether systemd confines the server to what it needs, from its next start on. */
    hardened: z.boolean().default(true),
    /** The daemon that tells balancers which server is writable. */
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
