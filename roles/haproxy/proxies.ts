/** Frontends and backends beside those of the site, and what they share with them. */

import { z } from 'foobar-deploy'
import { lines, milliseconds, name, openTo, path, port, word } from './words.ts'

/** How requests are spread over servers. */
export const balance = z.enum(['roundrobin', 'leastconn', 'source', 'first'])

export const check = z
  .strictObject({
    /** What is asked for. */
    path: path.default('/readyz'),
    /** The name of the site that is asked for it, as its `Host` header. */
    host: word.default('localhost'),
    /** The status of a server that is well. */
    status: z.int().min(200).max(599).default(200),
    /** How often a server is asked; four times as often once an answer was another than the last. */
    intervalMs: milliseconds.default(1000),
    /** After how many bad answers in a row a server gets no more requests. */
    fall: z.int().positive().default(2),
    /** After how many good answers in a row it gets them again. */
    rise: z.int().positive().default(2),
    /** The port that is asked, if it is not the server’s own. */
    port: port.optional(),
  })
  .meta({ title: 'check' })

const server = z
  .strictObject({
    /** Its name in the backend. */
    name,
    /** Where it is. */
    address: word,
    /** Its port. */
    port,
    /** Its share of the requests, beside the weights of the others. */
    weight: z.int().min(0).max(256).default(100),
    /** For when no other server is up. */
    isBackup: z.boolean().default(false),
    /** Connections it is given at a time; the others wait. 0 for as many as come. */
    maxConnections: z.int().min(0).default(0),
  })
  .meta({ title: 'server' })

export const backend = z
  .strictObject({
    /** What frontends call it. */
    name,
    /** Whether HAProxy understands what it passes on. */
    mode: z.enum(['http', 'tcp']).default('http'),
    /** How requests are spread. */
    balance: balance.default('roundrobin'),
    /** Where they go. */
    servers: z.array(server).min(1),
    /** What a server is asked; `connect` for whether it takes connections, false for nothing. */
    check: z.union([check, z.literal('connect'), z.literal(false)]).default('connect'),
    /** More lines, as they stand. */
    extra: lines.default([]),
  })
  .meta({ title: 'backend' })

const bind = z
  .strictObject({
    /** By default all. */
    address: word.optional(),
    /** Where it listens. */
    port,
    /** Whether TLS is spoken there, with the certificates of `tls`. */
    tls: z.boolean().default(false),
  })
  .meta({ title: 'bind' })

export const frontend = z
  .strictObject({
    /** Its name in logs and statistics. */
    name,
    /** Whether HAProxy understands what it passes on. */
    mode: z.enum(['http', 'tcp']).default('http'),
    /** Where it listens. */
    binds: z.array(bind).min(1),
    /** Where requests go for which no line of `extra` says otherwise. */
    backend: name.optional(),
    /** Who may come from outside the host; by default nobody, where a firewall asks. */
    openTo: openTo.default([]),
    /** More lines, as they stand. */
    extra: lines.default([]),
  })
  .meta({ title: 'frontend' })

/** A backend beside that of the site. */
export type Backend = z.output<typeof backend>
/** What a server is asked. */
export type Check = z.output<typeof check>
