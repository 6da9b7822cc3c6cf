/** Variables of the exporters role, with their defaults. */

import { network, z } from 'foobar-deploy'

const port = z.int().min(1).max(65_535)
const groupName = z.string().min(1)
const path = z.string().regex(/^\/[^\s"'\\]*$/, 'must be an absolute path without spaces, quotes and backslashes')
const argument = z.string().regex(/^--[^\s"'\\$]+$/, 'must be one argument such as --collector.processes')

/** What the exporters role can be told. */
export const exportersVariables = z
  .strictObject({
    /** The hosts of Prometheus, which may fetch the metrics. */
    monitoringGroup: groupName.default('monitoring'),
    /** Who else may. */
    from: z.array(network).default([]),
    /** Hosts of this group have the exporter of MySQL and MariaDB. */
    databaseGroup: groupName.default('database'),
    /** Hosts of this group have the exporter of Nginx. */
    webGroup: groupName.default('web'),
    /** Of the host’s own metrics. */
    nodePort: port.default(9100),
    /** Of the database server’s. */
    mysqldPort: port.default(9104),
    /** Of Nginx’s. */
    nginxPort: port.default(9113),
    /** The user of the database server that is as who the exporter comes; the server knows it by the socket, without a password. */
    mysqldUser: z
      .string()
      .regex(/^[\w-]+$/, 'must be the name of a user')
      .default('prometheus'),
    /** The socket of the database server. */
    mysqldSocket: path.default('/run/mysqld/mysqld.sock'),
    /** Where the role mysql tells of each database server what it is; false where there is no such thing. */
    databaseHealthPort: z.union([port, z.literal(false)]).default(9200),
    /** Where Nginx answers with its counters: `stubStatusPort` of the role nginx. */
    nginxStatusUrl: z.url({ protocol: /^https?$/, error: 'must be an address' }).default('http://127.0.0.1:8081/'),
    /** Certificates whose end is watched; of a file with several, the first. */
    certificates: z.array(path).default([]),
    /** How often that is looked at, and whether replicas have transactions of their own. */
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
