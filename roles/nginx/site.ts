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
    /** The certificate on the host, with those between it and the root after it. */
    certificate: path,
    /** Its private key on the host. */
    key: path,
    /** Mozilla’s levels: `intermediate` is TLS 1.2 and 1.3, `modern` is 1.3 alone. */
    profile: z.enum(['intermediate', 'modern']).default('intermediate'),
    /** Whether HTTP/2 is spoken. */
    http2: z.boolean().default(true),
    /** Whether plain HTTP on port 80 is redirected to the site. */
    redirectHttp: z.boolean().default(true),
    /** For how long browsers are told to use nothing but TLS; 0 to tell them nothing. Mozilla advises 63072000. */
    hstsSeconds: z.int().min(0).default(0),
  })
  .meta({ title: 'tls' })

const errorPage = z
  .strictObject({
    /** The statuses it is for. */
    statuses: z.array(z.int().min(300).max(599)).min(1),
    /** What is shown: a path of the site, `/50x.html`, or an address. */
    page: z.string().regex(/^(\/|https?:\/\/|@)[^\s;{}"'\\]*$/, 'must be a path or an address without spaces'),
    /** The status in place of the original one. */
    status: z.int().min(200).max(599).optional(),
  })
  .meta({ title: 'errorPage' })

const redirect = z
  .strictObject({
    /** The address. */
    to: url,
    /** 301 and 308 are permanent. */
    status: z.union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)]).default(301),
    /** Whether the request’s path is put after the address. */
    keepPath: z.boolean().default(true),
  })
  .meta({ title: 'redirect' })

export const site = z
  .strictObject({
    /** Name of the file in `sites-enabled`; by default the first server name. */
    name: z
      .string()
      .regex(/^[\w-][\w.-]*$/, 'must be letters, digits, . _ and -')
      .optional(),
    /** `www.foobar.com`, `*.foobar.com`, `_` for none in particular. */
    serverNames: z.array(serverName).min(1),
    /** By default 80, or 443 with `tls`. */
    port: port.optional(),
    /** The addresses to listen on; none for all. */
    addresses: z.array(z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' })).default([]),
    /** Whether it answers requests for names that no site has. */
    isDefault: z.boolean().default(false),
    /** Certificate and key: with them the site speaks HTTPS. */
    tls: tls.optional(),
    /** The folder whose files are served. */
    root: path.optional(),
    /** The files that stand for a folder, the first that is there. */
    index: z.array(word).min(1).default(['index.html']),
    /** What is tried in turn: `['$uri', '/index.html']` for a single-page app. */
    tryFiles: z.array(word).min(2).optional(),
    /** Where all requests that no location is for are redirected to, permanently and with their path. */
    redirectTo: z.union([url, redirect], { error: 'must be an http or https URL, or an object with to' }).optional(),
    /** What is answered otherwise, by path. */
    locations: z.array(location).default([]),
    /** The folder from which `/.well-known/` is served, also over plain HTTP: for certificates by ACME. */
    wellKnownRoot: path.optional(),
    /** Whether files below `root` whose path has a part that starts with a dot are kept back. */
    hideDotFiles: z.boolean().default(true),
    /** What is shown in place of nginx’s own pages. */
    errorPages: z.array(errorPage).default([]),
    /** Response headers, also on errors. */
    headers: headers.default({}),
    /** Whether the [security headers](#security-headers) are sent that neither `headers` nor the application behind has set. */
    securityHeaders: z.boolean().default(false),
    /** Whether all connections begin with the PROXY protocol, as `send-proxy-v2` of HAProxy has it; see `realIpFrom`. */
    proxyProtocol: z.boolean().default(false),
    /** Who may see the site, by name and password. */
    basicAuth: basicAuth.optional(),
    /** The largest request; by default as for all sites. */
    clientMaxBodySize: size.optional(),
    /** A file, `{ path, format }`, or false for none; by default as for all sites. */
    accessLog: accessLog.optional(),
    /** A file; by default as for all sites. */
    errorLog: path.optional(),
    /** More directives, as they stand. */
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
