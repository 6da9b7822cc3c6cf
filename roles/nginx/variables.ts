/** Variables of the nginx role, with their defaults. */

import { network, Secret, z } from 'foobar-deploy'
import { site } from './site.ts'
import { checkSites } from './site-checks.ts'
import { upstream } from './upstream.ts'
import { accessLog, directives, path, port, seconds, size, word } from './words.ts'

const secret = z.instanceof(Secret<string>).meta({ title: 'Secret' })

const logFormat = z
  .strictObject({
    /** The line, in nginx’s variables. */
    format: z.string().min(1),
    /** How characters that would break the line are written. */
    escape: z.enum(['default', 'json', 'none']).default('default'),
  })
  .meta({ title: 'logFormat' })

const extraFile = z
  .strictObject({
    /** The text; a secret is never shown. */
    content: z.union([z.string(), secret]),
    /** By default root. */
    owner: word.optional(),
    /** By default root. */
    group: word.optional(),
    /** By default 0644, for a secret 0600. */
    mode: z.string().optional(),
  })
  .meta({ title: 'extraFile' })

/** What the nginx role can be told. */
export const nginxVariables = z
  .strictObject({
    /** The sites. Those that are no longer given are removed from the host. */
    sites: z.array(site).min(1),
    /** Servers that share requests, by the name to pass them on to. */
    upstreams: z.array(upstream).default([]),
    /** Whether files in `sites-enabled` that the role did not write are left. */
    keepOtherSites: z.boolean().default(false),
    /** What is installed: nginx, and modules such as `libnginx-mod-http-geoip2`. */
    packages: z.array(word).min(1).default(['nginx']),
    /** Whether nginx runs now. */
    running: z.boolean().default(true),
    /** Whether systemd confines nginx to what it needs, from its next start on. */
    hardened: z.boolean().default(true),
    /** Whether it is started at boot. */
    enabled: z.boolean().default(true),
    /** The user of the workers. */
    user: word.default('www-data'),
    /** `auto` is one for each processor. */
    workerProcesses: z.union([z.literal('auto'), z.int().positive()]).default('auto'),
    /** Connections each worker takes at a time. */
    workerConnections: z.int().positive().default(1024),
    /** Files each worker may have open; by default what systemd allows. */
    workerOpenFiles: z.int().positive().optional(),
    /** For how long workers of before a reload may finish what they have begun; by default as long as it takes. */
    workerShutdownTimeoutSeconds: seconds.optional(),
    /** For how long an idle connection of a client is kept. */
    keepaliveTimeoutSeconds: seconds.default(65),
    /** Requests over one connection. */
    keepaliveRequests: z.int().positive().default(1000),
    /** The largest request. */
    clientMaxBodySize: size.default('64m'),
    /** Whether answers and error pages tell nginx’s version. */
    serverTokens: z.boolean().default(false),
    /** More where nginx says so: for long names of sites. */
    serverNamesHashBucketSize: z.int().positive().default(64),
    /** Whether texts are compressed. */
    gzip: z.boolean().default(true),
    /** 1 is fast, 9 is small. */
    gzipLevel: z.int().min(1).max(9).default(5),
    /** In bytes; what is smaller is sent as it is. */
    gzipMinLength: z.int().min(0).default(256),
    /** What is compressed beside `text/html`. */
    gzipTypes: z
      .array(word)
      .default([
        'text/plain',
        'text/css',
        'text/xml',
        'application/json',
        'application/javascript',
        'text/javascript',
        'image/svg+xml',
      ]),
    /** Formats of access logs by name, beside nginx’s own `combined`. */
    logFormats: z.record(z.string().regex(/^[a-z]\w*$/i, 'must be a name'), logFormat).default({}),
    /** Of sites that say nothing else: a file, `{ path, format }`, or false for none. */
    accessLog: accessLog.default('/var/log/nginx/access.log'),
    /** How long a line of an access log may wait to be written; 0 for not at all. */
    accessLogFlushSeconds: z.int().min(0).default(5),
    /** Of sites that say nothing else. */
    errorLog: path.default('/var/log/nginx/error.log'),
    /** The least severe that is logged. */
    errorLogLevel: z.enum(['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg']).default('error'),
    /** Proxies in front, whose word on the client’s address and protocol is believed. */
    realIpFrom: z.array(network).default([]),
    /** A port of 127.0.0.1 that answers with nginx’s own counters (`stub_status`), for an exporter; by default none does. */
    stubStatusPort: port.optional(),
    /** Who may come to the ports of the sites: `'anyone'`, or groups, addresses and networks. A firewall makes rules of it. */
    openTo: z
      .union([z.literal('anyone'), z.array(z.string().min(1))], {
        error: "must be 'anyone' or a list of groups, addresses and networks",
      })
      .default('anyone'),
    /** Whether to listen on IPv6 too; by default where the host has an IPv6 address. */
    ipv6: z.boolean().optional(),
    /** More files by their path below `/etc/nginx`, judged and changed together with the rest. */
    extraFiles: z.record(z.string(), z.union([z.string(), secret, extraFile])).default({}),
    /** More directives for the http block, as they stand. */
    extraHttp: directives.default([]),
    /** More directives outside of all blocks, as they stand. */
    extraMain: directives.default([]),
  })
  .superRefine(({ sites, upstreams, logFormats, accessLog: general, realIpFrom }, context) => {
    const refuse = (at: (string | number)[], message: string) => context.addIssue({ code: 'custom', path: at, message })
    for (const { path: at, message } of checkSites(sites)) refuse(['sites', ...at], message)
    const proxied = sites.findIndex(({ proxyProtocol }) => proxyProtocol)
    if (proxied >= 0 && realIpFrom.length === 0) {
      refuse(['sites', proxied, 'proxyProtocol'], 'is of no use: realIpFrom is empty, so nobody’s word is believed')
    }
    const names = upstreams.map(({ name }) => name)
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) !== index) refuse(['upstreams', index, 'name'], `${name} is there twice`)
    }
    const logs = [
      { at: ['accessLog'], log: general },
      ...sites.map((one, index) => ({ at: ['sites', index, 'accessLog'], log: one.accessLog })),
    ]
    for (const { at, log } of logs) {
      if (typeof log !== 'object' || log.format === 'combined' || log.format in logFormats) continue
      refuse([...at, 'format'], `${log.format} is not among logFormats`)
    }
  })
  .meta({ title: 'nginx' })

/** Checked variables of the nginx role. */
export type NginxVariables = z.output<typeof nginxVariables>
