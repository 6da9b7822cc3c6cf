/** Variables of the exporters role, with their defaults. */

import { networkSchema, z } from 'foobar-deploy'

const port = z.int().min(1).max(65_535)
const groupName = z.string().min(1)
const path = z.string().regex(/^\/[^\s"'\\]*$/, 'must be an absolute path without spaces, quotes and backslashes')
const argument = z.string().regex(/^--[^\s"'\\$]+$/, 'must be one argument such as --collector.processes')

/** The variables of the exporters role. */
export const exportersVariables = z
  .strictObject({
    /** The Prometheus hosts, which can fetch the metrics. */
    monitoringGroup: groupName.default('monitoring'),
    /** More addresses and networks that can fetch them. */
    from: z.array(networkSchema()).default([]),
    /** Hosts of this group have the exporter of MySQL and MariaDB. */
    databaseGroup: groupName.default('database'),
    /** Hosts of this group have the exporter of Nginx. */
    webGroup: groupName.default('web'),
    /** Port of the node exporter. */
    nodePort: port.default(9100),
    /** Port of the database exporter. */
    mysqldPort: port.default(9104),
    /** Port of the Nginx exporter. */
    nginxPort: port.default(9113),
    /** The database user of the exporter; it logs in through the socket, without a password. */
    mysqldUser: z
      .string()
      .regex(/^[\w-]+$/, 'must be the name of a user')
      .default('prometheus'),
    /** The socket of the database server. */
    mysqldSocket: path.default('/run/mysqld/mysqld.sock'),
    /** The port of the health daemon of the role mysql; false if there is none. */
    databaseHealthPort: z.union([port, z.literal(false)]).default(9200),
    /** The URL of Nginx’s counters: `stubStatusPort` of the role nginx. */
    nginxStatusUrl: z.url({ protocol: /^https?$/, error: 'must be an address' }).default('http://127.0.0.1:8081/'),
    /** Certificate files whose expiry is monitored; of several in one file, the first. */
    certificates: z.array(path).default([]),
    /** How often these certificates and the replicas’ errant transactions are checked. */
    ownMetricsEverySeconds: z.int().min(10).max(3600).default(60),
    /** Whether systemd confines the exporters to what they need. */
    hardened: z.boolean().default(true),
    /** More arguments of the node exporter. */
    nodeArguments: z.array(argument).default([]),
    /** More arguments of the database server’s exporter. */
    mysqldArguments: z.array(argument).default([]),
  })
  .meta({ title: 'exporters' })

/** Checked variables of the exporters role. */
export type ExportersVariables = z.output<typeof exportersVariables>
