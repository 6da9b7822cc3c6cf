/** Variables of the nginx role, with their defaults. */

import { networkSchema, Secret, z } from 'foobar-deploy'
import { site } from './site.ts'
import { checkSites } from './site-checks.ts'
import { upstream } from './upstream.ts'
import { accessLog, directives, path, port, seconds, size, word } from './words.ts'

const secret = z.instanceof(Secret<string>).meta({ title: 'Secret' })

const logFormat = z
  .strictObject({
    /** The format of a line, with nginx variables. */
    format: z.string().min(1),
    /** How special characters are escaped. */
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

/** The variables of the nginx role. */
export const nginxVariables = z
  .strictObject({
    /** The sites. Sites that you remove here are removed from the host. */
    sites: z.array(site).min(1),
    /** Groups of servers that requests can be proxied to. */
    upstreams: z.array(upstream).default([]),
    /** Whether other files in `sites-enabled` are kept. */
    keepOtherSites: z.boolean().default(false),
    /** The packages to install: nginx, and modules such as `libnginx-mod-http-geoip2`. */
    packages: z.array(word).min(1).default(['nginx']),
    /** Whether nginx is running. */
    running: z.boolean().default(true),
    /** Whether systemd confines nginx to what it needs, from its next start. */
    hardened: z.boolean().default(true),
    /** Whether it starts at boot. */
    enabled: z.boolean().default(true),
    /** The user of the workers. */
    user: word.default('www-data'),
    /** Worker processes; `auto` is one per processor. */
    workerProcesses: z.union([z.literal('auto'), z.int().positive()]).default('auto'),
    /** Maximum connections per worker. */
    workerConnections: z.int().positive().default(1024),
    /** Maximum open files per worker; by default systemd’s limit. */
    workerOpenFiles: z.int().positive().optional(),
    /** How long old workers keep their connections after a reload; by default without limit. */
    workerShutdownTimeoutSeconds: seconds.optional(),
    /** How long an idle client connection is kept. */
    keepaliveTimeoutSeconds: seconds.default(65),
    /** Maximum requests per connection. */
    keepaliveRequests: z.int().positive().default(1000),
    /** The maximum size of a request body. */
    clientMaxBodySize: size.default('64m'),
    /** Whether responses and error pages show nginx’s version. */
    serverTokens: z.boolean().default(false),
    /** Increase it if nginx asks for it, for long site names. */
    serverNamesHashBucketSize: z.int().positive().default(64),
    /** Whether text is compressed. */
    gzip: z.boolean().default(true),
    /** Compression level: 1 is fastest, 9 is smallest. */
    gzipLevel: z.int().min(1).max(9).default(5),
    /** Minimum size in bytes for compression. */
    gzipMinLength: z.int().min(0).default(256),
    /** Types to compress, besides `text/html`. */
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
    /** Access log formats by name, besides nginx’s own `combined`. */
    logFormats: z.record(z.string().regex(/^[a-z]\w*$/i, 'must be a name'), logFormat).default({}),
    /** The default access log of sites: a file, `{ path, format }`, or false for none. */
    accessLog: accessLog.default('/var/log/nginx/access.log'),
    /** How long access log lines are buffered; 0 for no buffer. */
    accessLogFlushSeconds: z.int().min(0).default(5),
    /** The default error log of sites. */
    errorLog: path.default('/var/log/nginx/error.log'),
    /** The lowest level that is logged. */
    errorLogLevel: z.enum(['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg']).default('error'),
    /** Proxies in front of nginx that are trusted for the client’s address and protocol. */
    realIpFrom: z.array(networkSchema()).default([]),
    /** A port on 127.0.0.1 with nginx’s counters (`stub_status`), for an exporter; by default none. */
    stubStatusPort: port.optional(),
    /** Who can reach the ports of the sites, for the firewall: `'anyone'`, or groups, addresses and networks. */
    openTo: z
      .union([z.literal('anyone'), z.array(z.string().min(1))], {
        error: "must be 'anyone' or a list of groups, addresses and networks",
      })
      .default('anyone'),
    /** Whether to listen on IPv6 too; by default if the host has an IPv6 address. */
    ipv6: z.boolean().optional(),
    /** More files by path below `/etc/nginx`, validated and replaced together with the rest. */
    extraFiles: z.record(z.string(), z.union([z.string(), secret, extraFile])).default({}),
    /** More directives for the http block, used unchanged. */
    extraHttp: directives.default([]),
    /** More directives outside all blocks, used unchanged. */
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
