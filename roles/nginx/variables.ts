/** Variables of the nginx role, with their defaults. */

import { z } from 'foobar-deploy'

/** A word of nginx's configuration that cannot end its directive. */
const word = z.string().regex(/^[^\s;{}"'\\]+$/, 'must be one word without ; { } or quotes')
const path = z.string().regex(/^\/[^\s;{}"'\\]*$/, 'must be an absolute path without spaces, ; { } or quotes')
const size = z.string().regex(/^\d+[kmg]?$/i, 'must be a size as nginx writes it: 512k, 64m')
const port = z.int().min(1).max(65_535)
const serverName = z
  .string()
  .regex(/^(_|~.+|(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(\.\*)?)$/, 'must be a host name, *.name, name.* or _')
const url = z.string().regex(/^https?:\/\/[^\s;{}"'\\]+$/, 'must be an http or https URL without spaces')

const location = z.strictObject({
  /** `/`, `= /healthz`, `~ \.php$`. */
  path: z.string().regex(/^(=|~\*?|\^~)?\s*[^\s;{}]+$/, 'must be a location as nginx writes it'),
  /** Where requests are passed on to. The usual forwarding headers are set. */
  proxyPass: url.optional(),
  root: path.optional(),
  tryFiles: z.array(word).min(1).optional(),
  /** A fixed answer: a status, with a text or the address of a redirect. */
  return: z.strictObject({ status: z.int().min(200).max(599), body: z.string().optional() }).optional(),
  /** More directives, as they stand. */
  extra: z.array(z.string()).default([]),
})

const site = z.strictObject({
  /** Name of the file; by default the first server name. */
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'must be letters, digits, . _ and -')
    .optional(),
  serverNames: z.array(serverName).min(1),
  port: port.default(80),
  /** Answers requests for names that no site has. */
  isDefault: z.boolean().default(false),
  root: path.optional(),
  index: z.array(word).default(['index.html']),
  locations: z.array(location).default([]),
  /** Where all requests are redirected to, permanently; the request's path is kept. */
  redirectTo: url.optional(),
  /** Certificate and key on the host. With them the site speaks TLS 1.2 and 1.3, as Mozilla's intermediate level asks. */
  tls: z.strictObject({ certificate: path, key: path }).optional(),
  clientMaxBodySize: size.optional(),
  accessLog: z.union([path, z.literal(false)]).optional(),
  errorLog: path.optional(),
  /** Response headers, also on errors. */
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[^"\n\\$]*$/)).default({}),
  extra: z.array(z.string()).default([]),
})

const upstream = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/),
  strategy: z.enum(['round-robin', 'least_conn', 'ip_hash']).default('round-robin'),
  /** Idle connections kept for each worker; 0 for none. */
  keepalive: z.int().min(0).default(16),
  servers: z
    .array(
      z.strictObject({
        address: word,
        weight: z.int().positive().default(1),
        maxFails: z.int().min(0).default(1),
        failTimeoutSeconds: z.int().positive().default(10),
        isBackup: z.boolean().default(false),
      }),
    )
    .min(1),
})

/** What the nginx role can be told. */
export const nginxVariables = z.strictObject({
  sites: z.array(site).min(1),
  upstreams: z.array(upstream).default([]),
  /** `auto` is one for each processor. */
  workerProcesses: z.union([z.literal('auto'), z.int().positive()]).default('auto'),
  workerConnections: z.int().positive().default(1024),
  keepaliveTimeoutSeconds: z.int().positive().default(65),
  keepaliveRequests: z.int().positive().default(1000),
  clientMaxBodySize: size.default('64m'),
  /** Whether answers and error pages tell nginx's version. */
  serverTokens: z.boolean().default(false),
  serverNamesHashBucketSize: z.int().positive().default(64),
  gzip: z.boolean().default(true),
  gzipTypes: z
    .array(word)
    .default(['text/plain', 'text/css', 'application/json', 'application/javascript', 'text/xml', 'image/svg+xml']),
  accessLog: z.union([path, z.literal(false)]).default('/var/log/nginx/access.log'),
  errorLog: path.default('/var/log/nginx/error.log'),
  /** By default where the host has an IPv6 address. */
  ipv6: z.boolean().optional(),
  /** More directives for the http block, as they stand. */
  extraHttp: z.array(z.string()).default([]),
  /** More directives outside of all blocks, as they stand. */
  extraMain: z.array(z.string()).default([]),
})

/** Checked variables of the nginx role. */
export type NginxVariables = z.output<typeof nginxVariables>

/** One site among them. */
export type NginxSite = NginxVariables['sites'][number]
