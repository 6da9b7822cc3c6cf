/** A location of a site: which requests it is for, and what answers them. */

import { network, z } from 'foobar-deploy'
import { directives, headers, path, seconds, size, url, word } from './words.ts'

/** Who may see it, by name and password. */
export const basicAuth = z
  .strictObject({
    /** What browsers show when they ask. */
    realm: z.string().min(1).default('Restricted'),
    /** The file with names and hashes on the host, as `htpasswd` writes it. */
    userFile: path,
  })
  .meta({ title: 'basicAuth' })

const proxy = z
  .strictObject({
    /** An address, or `http://` and the name of an upstream. */
    to: url,
    /** How long connecting may take. */
    connectTimeoutSeconds: seconds.default(60),
    /** How long the server may be silent. */
    readTimeoutSeconds: seconds.default(60),
    /** How long the server may take nothing. */
    sendTimeoutSeconds: seconds.default(60),
    /** Request headers beside the usual ones, or in their place. */
    headers: headers.default({}),
    /** Whether answers are gathered before they are passed on; false for streams. */
    buffering: z.boolean().default(true),
  })
  .meta({ title: 'proxy' })

const fixedAnswer = z
  .strictObject({
    /** The status of the answer. */
    status: z.int().min(200).max(599),
    /** The text, or for a redirect the address; nginx’s variables are filled in. */
    body: z.string().optional(),
    /** The type of the text. */
    type: word.default('text/plain'),
  })
  .meta({ title: 'fixedAnswer' })

export const location = z
  .strictObject({
    /** As nginx writes it: `/`, `= /healthz`, `~ \.php$`. */
    path: z.string().regex(/^((=|~\*?|\^~)\s*)?\S+$/, 'must be a location as nginx writes it: /, = /path, ~ \\.php$'),
    /** Where requests are passed on to. The usual forwarding headers are set, and WebSockets pass. */
    proxyPass: z.union([url, proxy], { error: 'must be an http or https URL, or an object with to' }).optional(),
    /** The folder whose files are served; the request’s whole path is looked up in it. */
    root: path.optional(),
    /** As `root`, but the location’s own path is left out. */
    alias: path.optional(),
    /** What is tried in turn: `['$uri', '/index.html']` for a single-page app. */
    tryFiles: z.array(word).min(2).optional(),
    /** A fixed answer. */
    return: fixedAnswer.optional(),
    /** Response headers beside those of the site, also on errors. */
    headers: headers.default({}),
    /** For how long browsers and caches may keep what was found there, and not ask again; 0 to ask each time. */
    cacheSeconds: z.int().min(0).optional(),
    /** Names and passwords; false for none where the site has them. */
    basicAuth: z.union([basicAuth, z.literal(false)]).optional(),
    /** The only addresses and networks that may see it. */
    allowFrom: z.array(network).default([]),
    /** The largest request; by default as the site has it. */
    clientMaxBodySize: size.optional(),
    /** Whether requests are logged; by default as the site does. */
    accessLog: z.literal(false).optional(),
    /** More directives, as they stand. */
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
