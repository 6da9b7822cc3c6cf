/** A site: its names, where it listens, and what answers. */

import { z } from 'foobar-deploy'
import { basicAuth, location } from './location.ts'
import { accessLog, directives, headers, path, port, size, url, word } from './words.ts'

const serverName = z
  .string()
  .regex(
    /^(_|~\S+|(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(\.\*)?)$/,
    'must be a host name, *.name, name.*, ~ and a regular expression, or _',
  )

const tls = z
  .strictObject({
    /** The certificate file on the host, followed by the intermediate certificates. */
    certificate: path,
    /** The file of its private key on the host. */
    key: path,
    /** Mozilla’s levels: `intermediate` is TLS 1.2 and 1.3, `modern` is only 1.3. */
    profile: z.enum(['intermediate', 'modern']).default('intermediate'),
    /** Whether HTTP/2 is enabled. */
    http2: z.boolean().default(true),
    /** Whether plain HTTP on port 80 is redirected to the site. */
    redirectHttp: z.boolean().default(true),
    /** How long browsers must use only TLS (HSTS); 0 for no such header. Mozilla recommends 63072000. */
    hstsSeconds: z.int().min(0).default(0),
  })
  .meta({ title: 'tls' })

const errorPage = z
  .strictObject({
    /** The statuses. */
    statuses: z.array(z.int().min(300).max(599)).min(1),
    /** The page: a path of the site such as `/50x.html`, or a URL. */
    page: z.string().regex(/^(\/|https?:\/\/|@)[^\s;{}"'\\]*$/, 'must be a path or an address without spaces'),
    /** A status that replaces the original one. */
    status: z.int().min(200).max(599).optional(),
  })
  .meta({ title: 'errorPage' })

const redirect = z
  .strictObject({
    /** The address. */
    to: url,
    /** 301 and 308 are permanent. */
    status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(301),
    /** Whether the request’s path is appended to the address. */
    keepPath: z.boolean().default(true),
  })
  .meta({ title: 'redirect' })

export const site = z
  .strictObject({
    /** The file name in `sites-enabled`; by default the first server name. */
    name: z
      .string()
      .regex(/^[\w-][\w.-]*$/, 'must be letters, digits, . _ and -')
      .optional(),
    /** The server names: `www.foobar.com`, `*.foobar.com`, or `_` for no particular name. */
    serverNames: z.array(serverName).min(1),
    /** The port; by default 80, or 443 with `tls`. */
    port: port.optional(),
    /** The addresses to listen on; by default all. */
    addresses: z.array(z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' })).default([]),
    /** Whether it answers requests for names that no site has. */
    default: z.boolean().default(false),
    /** Certificate and key; with them the site uses HTTPS. */
    tls: tls.optional(),
    /** The folder whose files are served. */
    root: path.optional(),
    /** The index files of a folder; the first that exists is served. */
    index: z.array(word).min(1).default(['index.html']),
    /** Paths to try in order: `['$uri', '/index.html']` for a single-page app. */
    tryFiles: z.array(word).min(2).optional(),
    /** A permanent redirect for all requests that match no location; their path is appended. */
    redirectTo: z.union([url, redirect], { error: 'must be an http or https URL, or an object with to' }).optional(),
    /** Locations: other answers, by path. */
    locations: z.array(location).default([]),
    /** The folder for `/.well-known/`, also over plain HTTP; for ACME certificates. */
    wellKnownRoot: path.optional(),
    /** Whether files below `root` are refused if a part of their path starts with a dot. */
    hideDotFiles: z.boolean().default(true),
    /** Pages that replace nginx’s own error pages. */
    errorPages: z.array(errorPage).default([]),
    /** Response headers, also on errors. */
    headers: headers.default({}),
    /** Whether to send the [security headers](#security-headers) that neither `headers` nor the application sets. */
    securityHeaders: z.boolean().default(false),
    /** Whether all connections start with the PROXY protocol, as with HAProxy’s `send-proxy-v2`; see `realIpFrom`. */
    proxyProtocol: z.boolean().default(false),
    /** Who can see the site, by name and password. */
    basicAuth: basicAuth.optional(),
    /** The maximum size of a request body; by default as for all sites. */
    clientMaxBodySize: size.optional(),
    /** A file, `{ path, format }`, or false for none; by default as for all sites. */
    accessLog: accessLog.optional(),
    /** A file; by default as for all sites. */
    errorLog: path.optional(),
    /** More directives, used unchanged. */
    extra: directives.default([]),
  })
  .superRefine(({ root, redirectTo, locations, extra, basicAuth: asked }, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message })
    if (root === undefined && redirectTo === undefined && locations.length === 0 && extra.length === 0) {
      refuse('root', 'is missing, and redirectTo and locations too: what is to answer?')
    }
    const paths = locations.map((one) => one.path.replace(/\s+/g, ' '))
    if (redirectTo !== undefined && paths.includes('/')) refuse('redirectTo', 'cannot stand beside a location /')
    const twice = paths.find((one, index) => paths.indexOf(one) !== index)
    if (twice !== undefined) refuse('locations', `${twice} is there twice`)
    if (asked && redirectTo !== undefined) {
      refuse('basicAuth', 'keeps nobody out of a redirect: nginx answers before it looks who asks')
    }
    for (const one of asked ? locations : []) {
      if (one.return === undefined || one.basicAuth === false) continue
      const message = `${one.path} is answered before nginx asks for a password; say basicAuth: false there to have it open`
      refuse('basicAuth', message)
    }
  })
  .meta({ title: 'site' })

/** One site, checked. */
export type NginxSite = z.output<typeof site>

/** The port a site listens on. */
export function portOf({ port: given, tls: secured }: NginxSite): number {
  return given ?? (secured ? 443 : 80)
}

/** The name of a site’s file. */
export function fileNameOf({ name, serverNames }: NginxSite): string {
  const plain = (name ?? serverNames[0] ?? '').replaceAll(/[^\w.-]/g, '_')
  return `${plain === '_' ? 'default' : plain}.conf`
}
