/** Frontends and backends beside those of the site, and what they share with them. */

import { z } from 'foobar-deploy'
import { lines, name, openTo, path, port, seconds, word } from './words.ts'

/** How requests are spread over servers. */
export const balance = z.enum(['roundrobin', 'leastconn', 'source', 'first'])

export const check = z
  .strictObject({
    /** The path of the check. */
    path: path.default('/readyz'),
    /** The `Host` header of the check. */
    host: word.default('localhost'),
    /** The status of a healthy server. */
    status: z.int().min(200).max(599).default(200),
    /** How often a server is checked; four times as often after its result changed. */
    intervalSeconds: seconds.default(1),
    /** After how many failed checks in a row a server gets no more requests. */
    fall: z.int().positive().default(2),
    /** After how many successful checks in a row it gets requests again. */
    rise: z.int().positive().default(2),
    /** The port of the check, if it is not the server’s own. */
    port: port.optional(),
  })
  .meta({ title: 'check' })

const server = z
  .strictObject({
    /** Its name in the backend. */
    name,
    /** Its address. */
    address: word,
    /** Its port. */
    port,
    /** Its weight, relative to the others. */
    weight: z.int().min(0).max(256).default(100),
    /** Whether it is used only if no other server is up. */
    backup: z.boolean().default(false),
    /** Maximum connections; more connections wait. 0 for no limit. */
    maxConnections: z.int().min(0).default(0),
  })
  .meta({ title: 'server' })

export const backend = z
  .strictObject({
    /** Its name in frontends. */
    name,
    /** Whether HAProxy parses HTTP, or only forwards bytes. */
    mode: z.enum(['http', 'tcp']).default('http'),
    /** How requests are distributed. */
    balance: balance.default('roundrobin'),
    /** The servers. */
    servers: z.array(server).min(1),
    /** The health check; `connect` only opens a connection, false disables it. */
    check: z.union([check, z.literal('connect'), z.literal(false)]).default('connect'),
    /** More lines, used unchanged. */
    extra: lines.default([]),
  })
  .meta({ title: 'backend' })

const bind = z
  .strictObject({
    /** By default all. */
    address: word.optional(),
    /** Where it listens. */
    port,
    /** Whether it uses TLS, with the certificates of `tls`. */
    tls: z.boolean().default(false),
  })
  .meta({ title: 'bind' })

export const frontend = z
  .strictObject({
    /** Its name in logs and statistics. */
    name,
    /** Whether HAProxy parses HTTP, or only forwards bytes. */
    mode: z.enum(['http', 'tcp']).default('http'),
    /** Where it listens. */
    binds: z.array(bind).min(1),
    /** The default backend, unless a line of `extra` selects another. */
    backend: name.optional(),
    /** Who can reach it from outside, for the firewall; by default nobody. */
    openTo: openTo.default([]),
    /** More lines, used unchanged. */
    extra: lines.default([]),
  })
  .meta({ title: 'frontend' })

/** A backend beside that of the site. */
export type Backend = z.output<typeof backend>
/** What a server is asked. */
export type Check = z.output<typeof check>
