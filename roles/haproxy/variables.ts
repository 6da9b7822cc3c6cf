/** Variables of the haproxy role, with their defaults. */

import { secretSchema, z } from 'foobar-deploy'
import { database } from './database.ts'
import { backend, balance, check, frontend } from './proxies.ts'
import { tls } from './tls.ts'
import { lines, name, openTo, path, port, seconds, word } from './words.ts'

const timeouts = z
  .strictObject({
    /** Time to connect to a server; then another server is tried. */
    connectSeconds: seconds.default(2),
    /** Maximum inactivity of a client. */
    clientSeconds: seconds.default(30),
    /** Maximum inactivity of a server. */
    serverSeconds: seconds.default(60),
    /** How long a request waits for a free server. */
    queueSeconds: seconds.default(10),
    /** Time to receive a request, without its body. */
    httpRequestSeconds: seconds.default(10),
    /** How long an idle client connection is kept. */
    keepAliveSeconds: seconds.default(10),
    /** Maximum inactivity of a WebSocket. */
    tunnelSeconds: seconds.default(3600),
    /** Time limit of a health check. */
    checkSeconds: seconds.default(2),
  })
  .meta({ title: 'timeouts' })

const retryOn = z.enum([
  'conn-failure',
  'empty-response',
  'junk-response',
  'response-timeout',
  '500',
  '502',
  '503',
  '504',
])

/** The variables of the haproxy role. */
export const haproxyVariables = z
  .strictObject({
    /** The hosts that serve the site. Each is a server in backend `web`, with the name of the host. */
    webGroup: z.string().min(1).default('web'),
    /** The port of the site on these hosts. */
    webPort: port.default(8080),
    /** Whether all of these hosts serve, or only the first while the others stand by. */
    mode: z.enum(['active-active', 'active-passive']).default('active-active'),
    /** In mode `active-passive`, the host that serves; by default the first of the group. */
    activeHost: name.optional(),
    /** How requests are distributed. */
    balance: balance.default('roundrobin'),
    /** Weights by host name; the default weight is 100. */
    weights: z.record(z.string(), z.int().min(0).max(256)).default({}),
    /** Maximum connections per server; more connections wait. 0 for no limit. */
    serverMaxConnections: z.int().min(0).default(0),
    /** The health check of the servers. */
    check: check.prefault({}),
    /** TLS; without it the site uses plain HTTP. */
    tls: tls.optional(),
    /** The addresses to listen on; by default all. */
    addresses: z.array(word).default([]),
    /** Whether to listen on IPv6 too, if `addresses` is empty; by default if the host has an IPv6 address. */
    ipv6: z.boolean().optional(),
    /** The port of plain HTTP. */
    httpPort: port.default(80),
    /** The port of HTTPS. */
    httpsPort: port.default(443),
    /** Who can reach both ports from outside. */
    openTo: openTo.default('anyone'),
    /** Whether clients connect through another balancer with the PROXY protocol. */
    acceptProxy: z.boolean().default(false),
    /** How servers get the client’s address: from X-Forwarded headers (those of clients are removed), or also from the PROXY protocol. */
    forward: z.enum(['headers', 'proxy-protocol']).default('headers'),
    /** How often a request is retried, each time on another server if there is one. */
    retries: z.int().min(0).max(10).default(3),
    /** When it is retried. If a request may have reached a server, only GET, HEAD and OPTIONS are. */
    retryOn: z.array(retryOn).default(['conn-failure', 'empty-response', 'junk-response', '502', '503']),
    /** Time limits. */
    timeouts: timeouts.prefault({}),
    /** Maximum number of connections in total. */
    maxConnections: z.int().positive().default(4000),
    /** How long the old process keeps its connections after a reload. */
    hardStopAfterSeconds: seconds.default(300),
    /** Endpoints for the database on this host: `mysql-write` and `mysql-read`. `{}` for those of the reference stack. */
    database: database.optional(),
    /** The address of statistics (`/`), metrics (`/metrics`) and the liveness check (`/alive`); by default the host’s own. */
    statsAddress: word.optional(),
    /** The port of these pages. */
    statsPort: port.default(8404),
    /** The hosts that can reach these pages from outside. */
    monitoringGroup: z.string().min(1).default('monitoring'),
    /** The password of the statistics page, with the user `admin`; by default none. */
    statsPassword: secretSchema().optional(),
    /** Where requests are logged, in JSON. */
    logTo: word.default('/dev/log'),
    /** The lowest level that is logged. */
    logLevel: z.enum(['err', 'warning', 'notice', 'info', 'debug']).default('info'),
    /** More frontends. */
    frontends: z.array(frontend).default([]),
    /** More backends. */
    backends: z.array(backend).default([]),
    /** More lines for `global`. */
    extraGlobal: lines.default([]),
    /** More lines for `defaults`. */
    extraDefaults: lines.default([]),
    /** More lines for the frontend of the site. */
    extraFrontend: lines.default([]),
    /** More lines for its backend. */
    extraBackend: lines.default([]),
    /** More sections, used unchanged. */
    extraSections: z.array(z.string()).default([]),
    /** More files by their path below `/etc/haproxy`: error pages, maps. */
    extraFiles: z.record(z.string(), z.string()).default({}),
    /** The packages to install. */
    packages: z.array(word).min(1).default(['haproxy']),
    /** Its version, for example `2.8`, if it is not the distribution’s. */
    version: z
      .string()
      .regex(/^\d\.\d+$/, "must be as '2.8'")
      .optional(),
    /** The runtime socket. */
    socket: path.default('/run/haproxy/admin.sock'),
    /** Whether systemd confines HAProxy to what it needs, from its next start. */
    hardened: z.boolean().default(true),
    /** Whether it is running. */
    running: z.boolean().default(true),
    /** Whether it starts at boot. */
    enabled: z.boolean().default(true),
  })
  .superRefine(({ mode, activeHost, frontends, backends, tls: hasTls, httpPort, httpsPort }, context) => {
    const refuse = (at: (string | number)[], message: string) => context.addIssue({ code: 'custom', path: at, message })
    if (activeHost !== undefined && mode !== 'active-passive') {
      refuse(['activeHost'], "means nothing without mode: 'active-passive'")
    }
    // HAProxy from 3.3 on refuses a backend with the name of a frontend.
    const taken = new Set(['site', 'web', 'stats', 'mysql-write', 'mysql-read'])
    for (const [key, list] of [['frontends', frontends] as const, ['backends', backends] as const]) {
      for (const [index, one] of list.entries()) {
        if (taken.has(one.name)) refuse([key, index, 'name'], `${one.name} is there already`)
        taken.add(one.name)
      }
    }
    const known = ['web', 'mysql-write', 'mysql-read', ...backends.map((one) => one.name)]
    for (const [index, { backend: to, binds }] of frontends.entries()) {
      if (to !== undefined && !known.includes(to)) refuse(['frontends', index, 'backend'], `there is no backend ${to}`)
      if (!hasTls && binds.some((bind) => bind.tls))
        refuse(['frontends', index, 'binds'], 'want TLS, and tls is missing')
    }
    if (hasTls && httpPort === httpsPort) refuse(['httpsPort'], 'is that of plain HTTP')
  })
  .meta({ title: 'haproxy' })

/** Checked variables of the HAProxy role. */
export type HaproxyVariables = z.output<typeof haproxyVariables>
