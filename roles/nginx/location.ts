/** A location of a site: which requests it is for, and what answers them. */

import { networkSchema, z } from 'foobar-deploy'
import { directives, headers, path, seconds, size, url, word } from './words.ts'

/** Who can see it, by name and password. */
export const basicAuth = z
  .strictObject({
    /** The text that browsers show when they ask for the password. */
    realm: z.string().min(1).default('Restricted'),
    /** The password file on the host, in the format of `htpasswd`. */
    userFile: path,
  })
  .meta({ title: 'basicAuth' })

const proxy = z
  .strictObject({
    /** A URL, or `http://` and the name of an upstream. */
    to: url,
    /** Time limit for connecting. */
    connectTimeoutSeconds: seconds.default(60),
    /** How long the server may send nothing. */
    readTimeoutSeconds: seconds.default(60),
    /** How long the server may accept nothing. */
    sendTimeoutSeconds: seconds.default(60),
    /** Request headers that add to the usual ones or replace them. */
    headers: headers.default({}),
    /** Whether responses are buffered; false for streams. */
    buffering: z.boolean().default(true),
  })
  .meta({ title: 'proxy' })

const fixedAnswer = z
  .strictObject({
    /** The status of the response. */
    status: z.int().min(200).max(599),
    /** The text, or the URL of a redirect; nginx variables are replaced. */
    body: z.string().optional(),
    /** The content type. */
    type: word.default('text/plain'),
  })
  .meta({ title: 'fixedAnswer' })

export const location = z
  .strictObject({
    /** The path, in nginx syntax: `/`, `= /healthz`, `~ \.php$`. */
    path: z.string().regex(/^((=|~\*?|\^~)\s*)?\S+$/, 'must be a location as nginx writes it: /, = /path, ~ \\.php$'),
    /** The server to proxy to. The usual forwarding headers are set, and WebSockets work. */
    proxyPass: z.union([url, proxy], { error: 'must be an http or https URL, or an object with to' }).optional(),
    /** The folder whose files are served; the request’s whole path is looked up in it. */
    root: path.optional(),
    /** Like `root`, but without the location’s own path. */
    alias: path.optional(),
    /** Paths to try in order: `['$uri', '/index.html']` for a single-page app. */
    tryFiles: z.array(word).min(2).optional(),
    /** A fixed response. */
    return: fixedAnswer.optional(),
    /** Response headers in addition to those of the site, also on errors. */
    headers: headers.default({}),
    /** How long browsers and caches can keep a file without asking again; 0 to ask each time. */
    cacheSeconds: z.int().min(0).optional(),
    /** Names and passwords; false for none although the site has them. */
    basicAuth: z.union([basicAuth, z.literal(false)]).optional(),
    /** The only addresses and networks that can see it. */
    allowFrom: z.array(networkSchema()).default([]),
    /** The maximum size of a request body; by default as for the site. */
    clientMaxBodySize: size.optional(),
    /** Whether requests are logged; by default as for the site. */
    accessLog: z.literal(false).optional(),
    /** More directives, used unchanged. */
    extra: directives.default([]),
  })
  .superRefine((given, context) => {
    const answers = (['proxyPass', 'return', 'root', 'alias'] as const).filter((key) => given[key] !== undefined)
    if (answers.length > 1) {
      context.addIssue({ code: 'custom', message: `has ${answers.join(' and ')}, of which only one can answer` })
    }
    const guard = given.allowFrom.length > 0 ? 'allowFrom' : given.basicAuth ? 'basicAuth' : undefined
    if (given.return && guard) {
      const message = 'keeps nobody out of a location with return: nginx answers before it looks who asks'
      context.addIssue({ code: 'custom', path: [guard], message })
    }
  })
  .meta({ title: 'location' })
