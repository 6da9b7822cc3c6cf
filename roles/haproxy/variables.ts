/** What the HAProxy role can be told, and what it assumes where nothing is said. */

import { secretValue, z } from 'foobar-deploy'
import { database } from './database.ts'
import { backend, balance, check, frontend } from './proxies.ts'
import { tls } from './tls.ts'
import { lines, milliseconds, name, openTo, path, port, word } from './words.ts'

const timeouts = z
  .strictObject({
    /** Until a server has taken a connection; then another server is tried. */
    connectMs: milliseconds.default(2000),
    /** Until a client sends or takes something. */
    clientMs: milliseconds.default(30_000),
    /** Until a server sends or takes something. */
    serverMs: milliseconds.default(60_000),
    /** For which a request waits for a server to have room. */
    queueMs: milliseconds.default(10_000),
    /** Until a request has come as a whole, without its body. */
    httpRequestMs: milliseconds.default(10_000),
    /** For which an idle connection of a client is kept. */
    keepAliveMs: milliseconds.default(10_000),
    /** For which nothing may pass through a WebSocket. */
    tunnelMs: milliseconds.default(3_600_000),
    /** Until a health check is answered. */
    checkMs: milliseconds.default(2000),
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

/** What the HAProxy role can be told. */
export const haproxyVariables = z
  .strictObject({
    /** The hosts that the site is served from: a server each in backend `web`, under the name of the host. */
    webGroup: z.string().min(1).default('web'),
    /** The port of the site on these hosts. */
    webPort: port.default(8080),
    /** Whether all of these hosts serve, or the first one does and the others wait for it to fail. */
    mode: z.enum(['active-active', 'active-passive']).default('active-active'),
    /** In mode `active-passive`, the host that serves; by default the first of the group. */
    activeHost: name.optional(),
    /** How requests are spread. */
    balance: balance.default('roundrobin'),
    /** Shares of the requests by the name of the host; those that are not named have 100. */
    weights: z.record(z.string(), z.int().min(0).max(256)).default({}),
    /** Connections that a server is given at a time; the others wait. 0 for as many as come. */
    serverMaxConnections: z.int().min(0).default(0),
    /** What the servers are asked. */
    check: check.prefault({}),
    /** TLS; without it the site is served in the clear. */
    tls: tls.optional(),
    /** The addresses to listen on; by default all. */
    addresses: z.array(word).default([]),
    /** Whether to listen on IPv6 too, where `addresses` says nothing; by default where the host has an IPv6 address. */
    ipv6: z.boolean().optional(),
    /** The port of plain HTTP. */
    httpPort: port.default(80),
    /** The port of HTTPS. */
    httpsPort: port.default(443),
    /** Who may come from outside to both. */
    openTo: openTo.default('anyone'),
    /** Whether clients come through another balancer that speaks the PROXY protocol. */
    acceptProxy: z.boolean().default(false),
    /** How servers learn of the client: by X-Forwarded headers (those that clients send are removed), or by the PROXY protocol too. */
    forward: z.enum(['headers', 'proxy-protocol']).default('headers'),
    /** How often a request is tried again, each time on another server if there is one. */
    retries: z.int().min(0).max(10).default(3),
    /** When it is tried again. Where a request may have reached a server, GET, HEAD and OPTIONS alone are. */
    retryOn: z.array(retryOn).default(['conn-failure', 'empty-response', 'junk-response', '502', '503']),
    /** How long what may take. */
    timeouts: timeouts.prefault({}),
    /** Connections at a time, in all. */
    maxConnections: z.int().positive().default(4000),
    /** For how long a process of before a reload may finish what it has begun. */
    hardStopAfterMs: milliseconds.default(300_000),
    /** Endpoints for the database on this host: `mysql-write` and `mysql-read`. `{}` for those of the reference stack. */
    database: database.optional(),
    /** Where statistics (`/`), metrics (`/metrics`) and whether it lives (`/alive`) are told; by default the host’s own address. */
    statsAddress: word.optional(),
    /** The port of these. */
    statsPort: port.default(8404),
    /** The hosts that may come to them from outside. */
    monitoringGroup: z.string().min(1).default('monitoring'),
    /** Asked of those who want the statistics, with the user `admin`; by default nothing is. */
    statsPassword: secretValue().optional(),
    /** Where requests are logged, in JSON. */
    logTo: word.default('/dev/log'),
    /** The least severe that is logged. */
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
    /** More sections, as they stand. */
    extraSections: z.array(z.string()).default([]),
    /** More files by their path below `/etc/haproxy`: error pages, maps. */
    extraFiles: z.record(z.string(), z.string()).default({}),
    /** What is installed. */
    packages: z.array(word).min(1).default(['haproxy']),
    /** Its version, `2.8`, where it is not that of the distribution. */
    version: z
      .string()
      .regex(/^\d\.\d+$/, "must be as '2.8'")
      .optional(),
    /** The runtime socket. */
    socket: path.default('/run/haproxy/admin.sock'),
    /** Whether systemd confines HAProxy to what it needs, from its next start on. */
    hardened: z.boolean().default(true),
    /** Whether it runs now. */
    running: z.boolean().default(true),
    /** Whether it is started at boot. */
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
