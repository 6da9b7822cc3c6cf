/** An upstream: servers that share the requests passed on to its name. */

import { z } from 'foobar-deploy'
import { seconds, word } from './words.ts'

const server = z
  .strictObject({
    /** A host, with a port after a colon, or `unix:` and a path. */
    address: word,
    /** Its weight. */
    weight: z.int().positive().default(1),
    /** After how many failures it is not used for a while; 0 for never. */
    maxFails: z.int().min(0).default(1),
    /** The time in which failures are counted, and for which it is then not used. */
    failTimeoutSeconds: seconds.default(10),
    /** Maximum connections per worker; 0 for no limit. */
    maxConnections: z.int().min(0).default(0),
    /** Whether it is used only if all others fail. */
    backup: z.boolean().default(false),
  })
  .meta({ title: 'server' })

export const upstream = z
  .strictObject({
    /** Its name, which follows `http://` in `proxyPass`. */
    name: z.string().regex(/^[\w.-]+$/, 'must be letters, digits, . _ and -'),
    /** How requests are distributed. */
    strategy: z.enum(['round-robin', 'least_conn', 'ip_hash', 'random']).default('round-robin'),
    /** Idle connections per worker; 0 for none. */
    keepalive: z.int().min(0).default(16),
    /** How long idle connections are kept; must be shorter than on the servers, or requests meet closed connections. */
    keepaliveTimeoutSeconds: seconds.default(60),
    /** The servers. */
    servers: z.array(server).min(1),
  })
  .superRefine(({ strategy, servers }, context) => {
    const isChosen = strategy === 'ip_hash' || strategy === 'random'
    const backup = servers.findIndex((server) => server.backup)
    if (isChosen && backup >= 0) {
      const message = `cannot stand beside the strategy ${strategy}, which knows no backups`
      context.addIssue({ code: 'custom', path: ['servers', backup, 'backup'], message })
    }
  })
  .meta({ title: 'upstream' })
